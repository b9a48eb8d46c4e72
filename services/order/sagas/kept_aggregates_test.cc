// Proves that what is kept is handed out once, only while the saga's row has the version that was
// kept, and never grows beyond its limit.

#include "services/order/sagas/kept_aggregates.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace orderflow::order {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Timestamp kStored{std::chrono::hours(1)};
constexpr Timestamp kLater{std::chrono::hours(2)};

OrderAggregate AnAggregate(const std::string& id, int64_t version = 1) {
  OrderAggregate aggregate;
  aggregate.order.order_id = OrderId(id);
  aggregate.order.history = {{1, OrderState::kPending, {}, std::nullopt}};
  aggregate.current.saga.saga_id = SagaId("saga of " + id);
  aggregate.current.saga.order_id = OrderId(id);
  aggregate.current.version = version;
  aggregate.current.update_time = kStored;
  aggregate.stored_sequence = 1;
  return aggregate;
}

KeptAggregates::Versions StoredVersion(const std::string& id, int64_t version,
                                       Timestamp update_time = kStored) {
  return {{SagaId("saga of " + id), {version, update_time}}};
}

std::vector<OrderId> Ids(const std::vector<std::string>& ids) {
  std::vector<OrderId> order_ids;
  for (const std::string& id : ids) {
    order_ids.emplace_back(id);
  }
  return order_ids;
}

std::vector<std::string> FoundOf(const KeptAggregates& kept, const std::vector<std::string>& ids) {
  std::vector<std::string> found;
  for (const auto& [order_id, saga_id] : kept.Find(Ids(ids))) {
    found.push_back(order_id.value());
  }
  return found;
}

TEST(KeptAggregates, FindsWhatIsKeptWithItsSagaAndLeavesItThere) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("b"));

  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(kept.Find(Ids({"a", "b", "c"})),
                ElementsAre(std::pair(OrderId("b"), SagaId("saga of b"))));
  }
}

TEST(KeptAggregates, IsTakenOnceWhileTheStoredVersionIsTheKeptOne) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("a", 3));

  const auto taken = kept.Take(kept.Find(Ids({"a"})), StoredVersion("a", 3));

  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].current.version, 3);
  EXPECT_EQ(kept.size(), 0u) << "whoever fails to store it leaves nothing behind";
}

TEST(KeptAggregates, AStaleOneIsForgotten) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("a", 3));

  EXPECT_THAT(kept.Take(kept.Find(Ids({"a"})), StoredVersion("a", 4)), IsEmpty());

  EXPECT_EQ(kept.size(), 0u);
}

// Commits were lost, and others have raised the version to the same number.
TEST(KeptAggregates, OneOfAnotherTimeIsForgottenThoughItsNumberIsTheSame) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("a", 3));

  EXPECT_THAT(kept.Take(kept.Find(Ids({"a"})), StoredVersion("a", 3, kLater)), IsEmpty());
}

// Its row is gone, or nobody asked for it.
TEST(KeptAggregates, OneOfUnknownVersionIsForgotten) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("a", 3));

  EXPECT_THAT(kept.Take(kept.Find(Ids({"a"})), {}), IsEmpty());

  EXPECT_EQ(kept.size(), 0u);
}

TEST(KeptAggregates, OneOfANewerSagaIsNotTakenForThatOfTheFormer) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("a", 3));
  const auto found = kept.Find(Ids({"a"}));
  OrderAggregate newer = AnAggregate("a", 3);
  newer.current.saga.saga_id = SagaId("another saga");
  kept.Keep(newer);

  EXPECT_THAT(kept.Take(found, StoredVersion("a", 3)), IsEmpty());
}

TEST(KeptAggregates, WhatIsStoredLastReplacesWhatWasKept) {
  KeptAggregates kept(10);
  kept.Keep(AnAggregate("a", 3));
  kept.Keep(AnAggregate("a", 4));

  EXPECT_EQ(kept.size(), 1u);
  EXPECT_THAT(kept.Take(kept.Find(Ids({"a"})), StoredVersion("a", 4)), SizeIs(1));
}

TEST(KeptAggregates, TheOneStoredLongestAgoGoesWhenThereAreTooMany) {
  KeptAggregates kept(2);
  kept.Keep(AnAggregate("a"));
  kept.Keep(AnAggregate("b"));
  kept.Keep(AnAggregate("a", 2));

  kept.Keep(AnAggregate("c"));

  EXPECT_THAT(FoundOf(kept, {"a", "b", "c"}), ElementsAre("a", "c"));
  EXPECT_EQ(kept.size(), 2u);
}

TEST(KeptAggregates, NothingIsKeptWhenNoneMayBe) {
  KeptAggregates kept(0);

  kept.Keep(AnAggregate("a"));

  EXPECT_EQ(kept.size(), 0u);
  EXPECT_THAT(FoundOf(kept, {"a"}), IsEmpty());
}

TEST(KeptAggregates, ASagaThatNoReplyIsDueToIsNotKeptNorIsWhatItWas) {
  OrderAggregate ended = AnAggregate("a");
  ended.current.saga.state = saga::SagaState::kCompleted;
  OrderAggregate parked = AnAggregate("a");
  parked.current.saga.state = saga::SagaState::kNeedsAttention;
  OrderAggregate held = AnAggregate("a");
  held.current.saga.hold = saga::Hold::kPaused;

  for (const OrderAggregate& waiting : {ended, parked, held}) {
    KeptAggregates kept(10);
    kept.Keep(AnAggregate("a"));
    kept.Keep(waiting);

    EXPECT_EQ(kept.size(), 0u) << saga::ToString(waiting.current.saga.state);
  }
}

TEST(KeptAggregates, ManyThreadsTakeEachOneOnce) {
  constexpr int kAggregates = 500;
  KeptAggregates kept(kAggregates);
  KeptAggregates::Versions versions;
  std::vector<OrderId> ids;
  for (int i = 0; i < kAggregates; ++i) {
    ids.emplace_back(std::to_string(i));
    kept.Keep(AnAggregate(ids.back().value()));
    versions.emplace(SagaId("saga of " + ids.back().value()),
                     KeptAggregates::RowVersion{1, kStored});
  }
  std::atomic<size_t> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (const OrderId& id : ids) {
          taken += kept.Take(kept.Find(std::span(&id, 1)), versions).size();
        }
      });
    }
  }

  EXPECT_EQ(taken, static_cast<size_t>(kAggregates));
}

// What the next reply builds on must be what the row has: version and sequence as they were raised.
TEST(KeptAggregates, AStepIsKeptAsItIsStored) {
  WorkflowStep step{
      .aggregate = AnAggregate("a", 3), .ended = {}, .messages = {}, .saga_changed = true};
  step.aggregate.order.history.push_back({2, OrderState::kCancelling, {}, std::nullopt});

  const OrderAggregate stored = AsStored(std::move(step), kLater);

  EXPECT_EQ(stored.current.version, 4);
  EXPECT_EQ(stored.current.update_time, kLater);
  EXPECT_EQ(stored.stored_sequence, 2);
}

}  // namespace
}  // namespace orderflow::order
