#include "server/adapters/sql/postgres_store.h"

#include <future>
#include <utility>

#include <gmock/gmock.h>

#include "tests/adapters/sql/postgres_under_test.h"

namespace perigee::tests {
namespace {

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance,
                         testing::Values(StoreEngine{
                             "Postgres", [] { return std::make_unique<PostgresUnderTest>(); }}),
                         EngineName);

}  // namespace
}  // namespace perigee::tests
