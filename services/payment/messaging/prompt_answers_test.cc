// Proves that answers in time come back to who asked and all others go on, that nothing is waited
// for longer than the bound, and that a silent provider is soon not waited for at all.
#include "services/payment/messaging/prompt_answers.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace orderflow::payment {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr Duration kLong = std::chrono::seconds(30);
constexpr Duration kShort = milliseconds(5);

ProviderCall Call(const std::string& order, OperationKind kind = OperationKind::kAuthorize) {
  ProviderCall call;
  call.order_id = OrderId(order);
  call.kind = kind;
  return call;
}

CallOutcome OutcomeOf(const std::string& order, OperationKind kind = OperationKind::kAuthorize) {
  return {.order_id = OrderId(order), .kind = kind, .verdict = Verdict::kSucceeded, .calls = 1};
}

class PromptAnswersTest : public testing::Test, protected CallSink {
 protected:
  void Submit(std::vector<ProviderCall> calls) override {
    submitted_ += calls.size();
    on_submit_();
  }
  size_t Room() const override { return 1000; }

  PromptAnswers Make(Duration wait_max) {
    return {*this, wait_max,
            [this](const CallOutcome& outcome) { others_.push_back(outcome.order_id.value()); }};
  }

  size_t submitted_ = 0;
  std::function<void()> on_submit_ = [] {};
  std::vector<std::string> others_;
};

TEST_F(PromptAnswersTest, ComesBackWithTheLastAnswer) {
  PromptAnswers answers = Make(kLong);
  std::jthread provider;
  on_submit_ = [&] {
    answers.Submit(OutcomeOf("a"));  // before Ask waits, too
    provider = std::jthread([&] { answers.Submit(OutcomeOf("b")); });
  };

  const std::vector<CallOutcome> in_time = answers.Ask({Call("a"), Call("b")});

  ASSERT_EQ(in_time.size(), 2u);
  EXPECT_EQ(in_time[0].order_id.value(), "a");
  EXPECT_EQ(in_time[1].order_id.value(), "b");
  EXPECT_TRUE(others_.empty());
}

TEST_F(PromptAnswersTest, WhatIsLateOrWasNotAskedGoesOn) {
  PromptAnswers answers = Make(kShort);
  on_submit_ = [&] {
    answers.Submit(OutcomeOf("a", OperationKind::kVoid));  // another operation of the order
    answers.Submit(OutcomeOf("a"));
    answers.Submit(OutcomeOf("a"));  // an earlier try of the same call
  };

  const std::vector<CallOutcome> in_time = answers.Ask({Call("a"), Call("b")});
  answers.Submit(OutcomeOf("b"));

  ASSERT_EQ(in_time.size(), 1u);
  EXPECT_EQ(in_time[0].kind, OperationKind::kAuthorize);
  EXPECT_EQ(others_, (std::vector<std::string>{"a", "a", "b"}));
}

TEST_F(PromptAnswersTest, StragglersAreNotWaitedForToTheBound) {
  PromptAnswers answers = Make(kLong);
  on_submit_ = [&] {
    answers.Submit(OutcomeOf("a"));
    answers.Submit(OutcomeOf("b"));
  };
  const auto start = steady_clock::now();

  const std::vector<CallOutcome> in_time = answers.Ask({Call("a"), Call("b"), Call("c")});

  EXPECT_EQ(in_time.size(), 2u);
  EXPECT_LT(steady_clock::now() - start, kLong / 2);
  answers.Submit(OutcomeOf("c"));
  EXPECT_EQ(others_, (std::vector<std::string>{"c"}));
}

TEST_F(PromptAnswersTest, AfterThreeSilentRoundsNothingIsAskedForAWhile) {
  PromptAnswers answers = Make(kShort);

  EXPECT_TRUE(answers.Ask({Call("a")}).empty());
  EXPECT_TRUE(answers.Ask({Call("b")}).empty());
  EXPECT_TRUE(answers.IsWorthWhile());
  EXPECT_TRUE(answers.Ask({Call("c")}).empty());

  const auto now = steady_clock::now();
  EXPECT_FALSE(answers.IsWorthWhile(now));
  EXPECT_FALSE(answers.IsWorthWhile(now + 15 * kShort));
  EXPECT_TRUE(answers.IsWorthWhile(now + 20 * kShort));
  EXPECT_TRUE(answers.Ask({Call("d")}).empty());
  EXPECT_FALSE(answers.IsWorthWhile(steady_clock::now())) << "one more silent round is enough";
}

TEST_F(PromptAnswersTest, AnAnswerInTimeIsBelievedAtOnce) {
  PromptAnswers answers = Make(kShort);
  for (const char* order : {"a", "b", "c"}) {
    answers.Ask({Call(order)});
  }
  on_submit_ = [&] { answers.Submit(OutcomeOf("d")); };
  answers.Ask({Call("d"), Call("e")});
  on_submit_ = [] {};

  answers.Ask({Call("f")});
  answers.Ask({Call("g")});

  EXPECT_TRUE(answers.IsWorthWhile(steady_clock::now() + 20 * kShort));
  answers.Ask({Call("h")});
  EXPECT_FALSE(answers.IsWorthWhile(steady_clock::now()));
}

// As the consumers of a process: what the first does not wait for may be the second's.
TEST_F(PromptAnswersTest, OfSeveralEachGetsItsOwn) {
  PromptAnswers second = Make(kLong);
  PromptAnswers first(*this, kLong,
                      [&second](const CallOutcome& outcome) { second.Submit(outcome); });
  on_submit_ = [&] {
    if (submitted_ == 1) {  // while the first waits, the second asks
      const std::vector<CallOutcome> of_second = second.Ask({Call("b")});
      ASSERT_EQ(of_second.size(), 1u);
      EXPECT_EQ(of_second[0].order_id.value(), "b");
      first.Submit(OutcomeOf("a"));
    } else {
      first.Submit(OutcomeOf("b"));
      first.Submit(OutcomeOf("c"));
    }
  };

  const std::vector<CallOutcome> of_first = first.Ask({Call("a")});

  ASSERT_EQ(of_first.size(), 1u);
  EXPECT_EQ(of_first[0].order_id.value(), "a");
  EXPECT_EQ(others_, (std::vector<std::string>{"c"}));
}

TEST_F(PromptAnswersTest, WithoutAWaitNothingIsAsked) {
  EXPECT_FALSE(Make(Duration::zero()).IsWorthWhile());
}

}  // namespace
}  // namespace orderflow::payment
