// Proves on a real PostgreSQL that prices and stock are what callers were told: adjustments once
// per request id also when all come at once or an answer is lost, and never below what is reserved.

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "libs/base/errors.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/status_matchers.h"
#include "tests/integration/inventory/inventory_fixture.h"

namespace orderflow::inventory {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Field;

class ItemStoreTest : public InventoryDatabaseTest {
 protected:
  StockAdjustment Adjust(const std::string& sku, int64_t delta) {
    return {RequestId(ids_.NewId()), Sku(sku), delta, "counted"};
  }
};

TEST_F(ItemStoreTest, UpsertCreatesWithoutStockAndKeepsStockWhenItChanges) {
  const auto created = items_.Upsert({Sku("mug"), "Mug", {"EUR", 100}});
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->stock, (Stock{.on_hand = 0, .reserved = 0}));
  ASSERT_THAT(items_.Adjust(Adjust("mug", 5)), IsOk());

  const auto changed = items_.Upsert({Sku("mug"), "Big mug", {"EUR", 250}});

  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->name, "Big mug");
  EXPECT_EQ(changed->unit_price, (Money{"EUR", 250}));
  EXPECT_EQ(changed->stock.on_hand, 5);
  EXPECT_EQ(changed->create_time, created->create_time);
}

TEST_F(ItemStoreTest, QuotesKnownSkusOnlySorted) {
  AddItem("mug", 3);
  AddItem("cup", 7);
  const std::vector<Sku> asked = {Sku("ufo"), Sku("mug"), Sku("cup")};

  const auto quotes = items_.FindQuotes(asked);

  ASSERT_THAT(quotes, IsOk());
  EXPECT_THAT(*quotes, ElementsAre(Field(&Quote::sku, Sku("cup")), Field(&Quote::sku, Sku("mug"))));
  EXPECT_EQ(quotes->front().available, 7);
}

TEST_F(ItemStoreTest, PagesInByteOrderWithoutGaps) {
  for (const char* sku : {"a.1", "B", "a-1", "a", "Z", "_"}) {
    AddItem(sku, 0);
  }

  std::vector<std::string> seen;
  Sku after;
  while (true) {
    const auto page = items_.List(after, 2);
    ASSERT_THAT(page, IsOk());
    if (page->empty()) {
      break;
    }
    for (const Item& item : *page) {
      seen.push_back(item.sku.value());
    }
    after = page->back().sku;
  }

  EXPECT_THAT(seen, ElementsAre("B", "Z", "_", "a", "a-1", "a.1"));
}

TEST_F(ItemStoreTest, AppliesOneRequestOnceAmongConcurrentCallers) {
  AddItem("mug", 0);
  const StockAdjustment adjustment = Adjust("mug", 10);
  std::atomic<int> ok = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 32; ++i) {
      callers.emplace_back([&]() { ok += items_.Adjust(adjustment).ok() ? 1 : 0; });
    }
  }

  EXPECT_EQ(ok, 32);
  EXPECT_EQ(StockOf("mug").on_hand, 10);
}

TEST_F(ItemStoreTest, RefusesAnotherBodyUnderAUsedRequestId) {
  AddItem("mug", 0);
  StockAdjustment adjustment = Adjust("mug", 10);
  ASSERT_THAT(items_.Adjust(adjustment), IsOk());
  adjustment.delta = 11;

  const auto refused = items_.Adjust(adjustment);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(DetailsOf(refused.status()).reason, "REQUEST_ID_REUSED");
  EXPECT_EQ(StockOf("mug").on_hand, 10);
}

TEST_F(ItemStoreTest, RefusalsAreNotKeptUnderTheirRequestId) {
  AddItem("mug", 5);
  ASSERT_THAT(Handle(Reserve(ids_.NewId(), {{"mug", 4}})), IsOk());
  const StockAdjustment take_two = Adjust("mug", -2);

  EXPECT_THAT(items_.Adjust(take_two), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(items_.Adjust(Adjust("mug", 1)), IsOk());

  EXPECT_THAT(items_.Adjust(take_two), IsOk());
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 4, .reserved = 4}));
}

TEST_F(ItemStoreTest, UnknownItemsAreNotFound) {
  EXPECT_THAT(items_.Get(Sku("ufo")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(items_.Adjust(Adjust("ufo", 1)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM stock_adjustments"), 0);
}

TEST_F(ItemStoreTest, SettlesACommitInDoubtWithoutASecondEffect) {
  using Fault = orderflow::testing::TcpProxy::Fault;
  AddItem("mug", 0);
  for (const Fault fault : {Fault::kCutAfterCommit, Fault::kCutBeforeCommit}) {
    orderflow::testing::TcpProxy proxy(database_.server_port());
    postgres::Pool pool(database_.PoolOptionsAtPort(proxy.port()));
    PostgresItemStore items(pool);
    const int64_t before = StockOf("mug").on_hand;
    proxy.Arm(fault);

    const auto adjusted = items.Adjust(Adjust("mug", 10));

    EXPECT_TRUE(proxy.struck());
    ASSERT_THAT(adjusted, IsOk());
    EXPECT_EQ(adjusted->stock.on_hand, before + 10);
    EXPECT_EQ(StockOf("mug").on_hand, before + 10);
  }
}

TEST_F(ItemStoreTest, TheRunningServiceCannotRewriteHistory) {
  AddItem("mug", 5);
  postgres::Pool pool(database_.PoolOptions());
  constexpr postgres::Statement kRewrite{"test_rewrite", "UPDATE stock_adjustments SET delta = 1"};
  constexpr postgres::Statement kDelete{"test_delete", "DELETE FROM items"};

  for (const postgres::Statement* statement : {&kRewrite, &kDelete}) {
    EXPECT_FALSE(pool.RunInTransaction([&](postgres::Transaction& transaction) {
                       return transaction.Execute(*statement).status();
                     })
                     .ok());
  }
}

}  // namespace
}  // namespace orderflow::inventory
