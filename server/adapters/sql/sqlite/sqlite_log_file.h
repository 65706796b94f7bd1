#pragma once

namespace perigee::sql {

// The name of a file system for SQLite that gathers what is written to a write-ahead log. SQLite
// writes each page and its header by a call of their own; for a lone transfer these calls take more
// of the processor than the sync itself. Here they reach the log as one, at the latest when it is
// synced. That is soon enough: SQLite shows a commit to other connections only after its sync, so
// the connection must be one that syncs at each commit (`synchronous = FULL`). All other files are
// those of the system's own file system. Safe from many threads.
const char* GatheringFileSystem();

}  // namespace perigee::sql
