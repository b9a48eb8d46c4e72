#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "libs/testing/postgres/temporary_database.h"
#include "tools/verify/verification.h"

namespace orderflow::verify {

// The five databases with their real schemas and an item A and an item B.
class VerificationFixture : public ::testing::Test {
 protected:
  struct OrderIds {
    std::string order_id, saga_id;
  };

  VerificationFixture();

  OrderIds NewIds() { return {ids_.NewId(), ids_.NewId()}; }
  // What one correct confirmed order of 1 A and 2 B leaves everywhere.
  void AddConfirmed(const OrderIds& order);
  OrderIds AddConfirmed();
  // The same order after a cancel by that saga.
  void Cancel(const OrderIds& order, const std::string& saga_id);
  // Runs SQL in which $order and $saga stand for the ids.
  static void Run(testing::TemporaryDatabase& database, std::string sql, const OrderIds& order);

  Databases databases() {
    return {orders_pool_, payments_pool_, inventory_pool_, notifications_pool_, &provider_pool_};
  }
  // Sessions like those of orderctl.
  static postgres::PoolOptions AsTheChecker(const testing::TemporaryDatabase& database);
  static std::set<std::string> BrokenIn(const VerificationResult& result);

  testing::TemporaryDatabase orders_, payments_, inventory_, notifications_, provider_;
  postgres::Pool orders_pool_{AsTheChecker(orders_)};
  postgres::Pool payments_pool_{AsTheChecker(payments_)};
  postgres::Pool inventory_pool_{AsTheChecker(inventory_)};
  postgres::Pool notifications_pool_{AsTheChecker(notifications_)};
  postgres::Pool provider_pool_{AsTheChecker(provider_)};

 private:
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
};

}  // namespace orderflow::verify
