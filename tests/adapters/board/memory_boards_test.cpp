#include "server/adapters/board/memory_boards.h"

#include "tests/conformance/board/boards_conformance.h"

namespace perigee::tests {

namespace {

const BoardCopiesSubject kMemory = {
    "Memory", [](std::string&) { return std::make_unique<adapters::MemoryBoards>(); }};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, BoardCopiesConformance, ::testing::Values(kMemory), SubjectName);
INSTANTIATE_TEST_SUITE_P(Memory, BoardsConformance, ::testing::Values(kMemory), SubjectName);

}  // namespace perigee::tests
