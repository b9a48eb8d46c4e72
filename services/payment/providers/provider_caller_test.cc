// Proves the bounds of ProviderCaller and its order of questions: never more calls under way than
// allowed, look-up before a second send, and a Stop that waits for what is under way. The
// provider is a fake whose answers the test gives one by one.
#include "services/payment/providers/provider_caller.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/telemetry/metrics.h"

namespace orderflow::payment {
namespace {

const Money kAmount{"EUR", 100};

class FakeProvider final : public Provider {
 public:
  struct Question {
    std::string text;
    Done done;
  };
  void Send(std::vector<Sending> sendings) override {
    sent_together.push_back(sendings.size());
    for (auto& [call, done] : sendings) {
      Add("send " + call.idempotency_key, std::move(done));
    }
  }
  void Find(const ProviderCall& call, Done done) override {
    Add("find " + call.idempotency_key, std::move(done));
  }

  void Answer(size_t index, absl::StatusOr<ProviderAnswer> answer) {
    const Done done = std::exchange(questions[index].done, nullptr);
    done(std::move(answer));
  }

  std::vector<Question> questions;
  std::vector<size_t> sent_together;

 private:
  void Add(std::string text, Done done) { questions.push_back({std::move(text), std::move(done)}); }
};

ProviderCall Call(const std::string& key, bool ask_first = false) {
  ProviderCall call;
  call.order_id = OrderId(key);
  call.idempotency_key = key;
  call.amount = kAmount;
  call.ask_first = ask_first;
  return call;
}

const ProviderAnswer kSucceeded{.reference = "r", .succeeded = true, .amount = kAmount};

class ProviderCallerTest : public testing::Test {
 protected:
  ProviderCaller Make(ProviderCallerOptions options) {
    return ProviderCaller(provider_, metrics_, options,
                          [this](CallOutcome outcome) { outcomes_.push_back(std::move(outcome)); });
  }

  telemetry::Metrics metrics_;
  FakeProvider provider_;
  std::vector<CallOutcome> outcomes_;
};

TEST_F(ProviderCallerTest, KeepsToTheBoundAndGoesOnInOrder) {
  ProviderCaller caller = Make({.parallel_max = 2, .waiting_max = 10});

  caller.Submit({Call("a"), Call("b"), Call("c"), Call("d")});
  ASSERT_EQ(provider_.questions.size(), 2u);
  EXPECT_EQ(caller.load(), 4u);
  provider_.Answer(1, kSucceeded);

  ASSERT_EQ(provider_.questions.size(), 3u);
  EXPECT_EQ(provider_.questions[2].text, "send c");
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].order_id.value(), "b");
  EXPECT_EQ(outcomes_[0].verdict, Verdict::kSucceeded);
}

TEST_F(ProviderCallerTest, SendsTogetherWhatIsSubmittedTogether) {
  ProviderCaller caller = Make({.parallel_max = 3, .waiting_max = 10});

  caller.Submit({Call("a"), Call("asked first", true), Call("b"), Call("waits")});
  EXPECT_EQ(provider_.sent_together, std::vector<size_t>{2});
  provider_.Answer(0, absl::NotFoundError("never booked"));  // what is asked goes at once

  EXPECT_EQ(provider_.questions[0].text, "find asked first");
  EXPECT_EQ(provider_.sent_together, (std::vector<size_t>{2, 1}));
}

TEST_F(ProviderCallerTest, DropsWhatFindsNoRoom) {
  ProviderCaller caller = Make({.parallel_max = 1, .waiting_max = 2});

  caller.Submit({Call("a")});
  EXPECT_EQ(caller.Room(), 2u);
  caller.Submit({Call("b"), Call("c"), Call("d")});

  EXPECT_EQ(caller.Room(), 0u);
  EXPECT_EQ(caller.load(), 3u);
  EXPECT_NE(metrics_.Expose().find("orderflow_payment_dropped_calls_total 1"), std::string::npos);
}

TEST_F(ProviderCallerTest, LeavesACallWhoseLeaseRanOutToTheResolver) {
  ProviderCaller caller = Make({.parallel_max = 1, .waiting_max = 10});
  ProviderCall late = Call("late");
  late.start_before = std::chrono::steady_clock::now();

  caller.Submit({Call("a"), late, Call("b")});
  provider_.Answer(0, kSucceeded);

  ASSERT_EQ(provider_.questions.size(), 2u);
  EXPECT_EQ(provider_.questions[1].text, "send b");
}

TEST_F(ProviderCallerTest, AsksByKeyAndSendsOnlyWhatWasNeverBooked) {
  ProviderCaller caller = Make({});

  caller.Submit({Call("found", true), Call("missing", true), Call("unreachable", true)});
  provider_.Answer(0, kSucceeded);
  provider_.Answer(1, absl::NotFoundError("never booked"));
  provider_.Answer(2, absl::UnavailableError("down"));

  ASSERT_EQ(provider_.questions.size(), 4u);
  EXPECT_EQ(provider_.questions[0].text, "find found");
  EXPECT_EQ(provider_.questions[3].text, "send missing");
  ASSERT_EQ(outcomes_.size(), 2u);
  EXPECT_EQ(outcomes_[0].verdict, Verdict::kSucceeded);
  EXPECT_EQ(outcomes_[0].calls, 0);
  EXPECT_EQ(outcomes_[1].verdict, Verdict::kInconclusive);
  provider_.Answer(3, kSucceeded);
  ASSERT_EQ(outcomes_.size(), 3u);
  EXPECT_EQ(outcomes_[2].calls, 1);
}

TEST_F(ProviderCallerTest, FollowsAHintByAskingOnlyAndBelievesOnlyWhatIsConclusive) {
  ProviderCaller caller = Make({});
  std::vector<ProviderCall> calls{Call("found"), Call("missing"), Call("unreachable")};
  for (ProviderCall& call : calls) {
    call.ask_only = true;
  }

  caller.Submit(calls);
  provider_.Answer(0, kSucceeded);
  provider_.Answer(1, absl::NotFoundError("never booked"));
  provider_.Answer(2, absl::UnavailableError("down"));

  ASSERT_EQ(provider_.questions.size(), 3u) << "nothing was sent";
  EXPECT_EQ(provider_.questions[1].text, "find missing");
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].order_id.value(), "found");
  EXPECT_EQ(outcomes_[0].calls, 0);
  EXPECT_EQ(caller.load(), 0u);
  EXPECT_NE(metrics_.Expose().find("orderflow_payment_hint_answers_total{answer=\"nothing\"} 2"),
            std::string::npos);
}

TEST_F(ProviderCallerTest, StopWaitsForWhatIsUnderWayAndStartsNothingMore) {
  ProviderCaller caller = Make({.parallel_max = 1, .waiting_max = 10});
  caller.Submit({Call("a"), Call("b")});

  std::jthread stopper([&caller] { caller.Stop(); });
  while (caller.Room() > 0) {
    std::this_thread::yield();  // until Stop has begun
  }
  provider_.Answer(0, kSucceeded);
  stopper.join();

  EXPECT_EQ(provider_.questions.size(), 1u);
  EXPECT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(caller.load(), 0u);
}

}  // namespace
}  // namespace orderflow::payment
