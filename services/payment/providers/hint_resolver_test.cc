// Proves that hints lead to questions about open operations and to nothing else, in batches, after
// their grace, and that what finds no room is told so.
#include "services/payment/providers/hint_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/eventually.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

using ::orderflow::testing::Eventually;
using ::orderflow::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

OperationKey KeyOf(const std::string& order) { return {OrderId(order), OperationKind::kCapture}; }

// Knows which operations are open; everything else about them is somebody else's test.
class FakeOperations final : public OpenOperations {
 public:
  absl::StatusOr<std::vector<ProviderCall>> ClaimDue(size_t, Duration) override {
    return absl::InternalError("a hint must not claim anything");
  }
  absl::StatusOr<UnknownOperations> CountUnknown() override { return UnknownOperations{}; }
  absl::StatusOr<std::vector<HintedOperation>> FindOpen(
      std::span<const OperationKey> keys) override {
    if (!status.ok()) {
      return status;
    }
    MutexLock lock(mutex);
    looked_up.emplace_back(keys.begin(), keys.end());
    std::vector<HintedOperation> found;
    for (const OperationKey& key : keys) {
      if (std::find(open.begin(), open.end(), key) != open.end()) {
        HintedOperation operation;
        operation.call.order_id = key.order_id;
        operation.call.kind = key.kind;
        operation.call.ask_only = true;
        operation.due_in = std::chrono::seconds(7);
        found.push_back(operation);
      }
    }
    return found;
  }

  absl::Status status;
  std::vector<OperationKey> open;
  Mutex mutex;
  std::vector<std::vector<OperationKey>> looked_up;
};

class RecordingCalls final : public CallSink {
 public:
  void Submit(std::vector<ProviderCall> calls) override {
    MutexLock lock(mutex);
    for (ProviderCall& call : calls) {
      submitted.push_back(std::move(call));
    }
  }
  size_t Room() const override { return 1000; }

  Mutex mutex;
  std::vector<ProviderCall> submitted;
};

class HintResolverTest : public ::testing::Test {
 protected:
  HintResolver Make(HintResolverOptions options = {}) {
    return HintResolver(operations_, calls_, metrics_, options);
  }
  bool Counted(const std::string& line) {
    return metrics_.Expose().find(line) != std::string::npos;
  }

  telemetry::Metrics metrics_;
  FakeOperations operations_;
  RecordingCalls calls_;
};

TEST_F(HintResolverTest, AsksAboutWhatIsOpenOnceEach) {
  operations_.open = {KeyOf("a"), KeyOf("c")};
  HintResolver resolver = Make();
  const std::vector<OperationKey> hints{KeyOf("c"), KeyOf("a"), KeyOf("c"), KeyOf("closed")};

  const auto asked = resolver.Follow(hints);

  ASSERT_THAT(asked, IsOk());
  EXPECT_EQ(*asked, 2u);
  ASSERT_THAT(calls_.submitted, SizeIs(2));
  EXPECT_EQ(calls_.submitted[0].order_id, OrderId("a"));
  EXPECT_TRUE(calls_.submitted[0].ask_only);
  EXPECT_LT(calls_.submitted[0].start_before, std::chrono::steady_clock::time_point::max());
  EXPECT_TRUE(Counted("orderflow_payment_hints_total{result=\"asked\"} 2"));
  EXPECT_TRUE(Counted("orderflow_payment_hints_total{result=\"not_open\"} 2"));
  EXPECT_TRUE(Counted("orderflow_payment_hint_lead_seconds_sum 14"));
}

TEST_F(HintResolverTest, AsksNothingAboutWhatIsClosed) {
  HintResolver resolver = Make();

  EXPECT_EQ(*resolver.Follow(std::vector{KeyOf("a")}), 0u);

  EXPECT_THAT(calls_.submitted, IsEmpty());
}

TEST_F(HintResolverTest, LeavesHintsToTheResolverWhenTheDatabaseIsGone) {
  operations_.status = absl::UnavailableError("gone");
  HintResolver resolver = Make();

  EXPECT_TRUE(absl::IsUnavailable(resolver.Follow(std::vector{KeyOf("a")}).status()));
  EXPECT_THAT(calls_.submitted, IsEmpty());
}

TEST_F(HintResolverTest, TellsWhenThereIsNoRoom) {
  HintResolver resolver = Make({.queue_max = 2});

  EXPECT_TRUE(resolver.Offer(KeyOf("a")));
  EXPECT_TRUE(resolver.Offer(KeyOf("b")));
  EXPECT_FALSE(resolver.Offer(KeyOf("c")));

  EXPECT_TRUE(Counted("orderflow_payment_hints_total{result=\"refused\"} 1"));
}

TEST_F(HintResolverTest, FollowsTogetherWhatHasWaited) {
  operations_.open = {KeyOf("a"), KeyOf("b")};
  HintResolver resolver = Make({.grace = std::chrono::milliseconds(20)});
  resolver.Offer(KeyOf("a"));
  resolver.Offer(KeyOf("b"));
  const auto start = std::chrono::steady_clock::now();

  std::jthread worker([&resolver](std::stop_token stop) { resolver.Run(stop); });
  ASSERT_TRUE(Eventually([this] {
    MutexLock lock(calls_.mutex);
    return calls_.submitted.size() == 2;
  }));
  worker.request_stop();
  worker.join();

  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(19));
  EXPECT_THAT(operations_.looked_up, ElementsAre(ElementsAre(KeyOf("a"), KeyOf("b"))));
}

}  // namespace
}  // namespace orderflow::payment
