#include "server/adapters/boards/memory_boards.h"

#include "tests/conformance/boards/boards_conformance.h"

namespace perigee::tests {

INSTANTIATE_TEST_SUITE_P(
    Memory, BoardsConformance,
    ::testing::Values(BoardsSubject{
        "Memory", [](std::string&) { return std::make_unique<adapters::MemoryBoards>(); }}),
    SubjectName);

}  // namespace perigee::tests
