// Proves the delivery thread's work with a queue and a sender in memory: claim before send,
// outcomes stored also over errors and after stop, the rest of a batch handed back, rate and age
// respected.
#include "services/notification/domain/delivery_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace orderflow::notification {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Claims take from `pending`; the runner is stopped when the queue has nothing left.
class QueueInMemory final : public DeliveryQueue {
 public:
  explicit QueueInMemory(int count) {
    for (int i = 0; i < count; ++i) {
      Notification notification;
      notification.notification_id = NotificationId("n-" + std::to_string(i));
      pending_.push_back(notification);
    }
  }

  absl::StatusOr<std::vector<Notification>> Claim(int batch_max) override {
    batches_.push_back(batch_max);
    if (claim_errors > 0) {
      --claim_errors;
      return absl::UnavailableError("database is down");
    }
    std::vector<Notification> claimed;
    while (!pending_.empty() && static_cast<int>(claimed.size()) < batch_max) {
      claimed.push_back(pending_.front());
      claimed.back().attempts = 1;
      pending_.erase(pending_.begin());
    }
    if (claimed.empty() && --empty_claims_until_stop == 0) {
      stop.request_stop();
    }
    return claimed;
  }

  absl::Status Record(std::span<const DeliveryUpdate> updates) override {
    if (record_errors > 0) {
      --record_errors;
      return absl::UnavailableError("database is down");
    }
    for (const DeliveryUpdate& update : updates) {
      states[update.notification_id.value()] = update.state;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int> ParkAbandoned(Duration, int) override {
    ++park_calls;
    return abandoned;
  }

  const std::vector<int>& batches() const { return batches_; }

  std::stop_source stop;
  int empty_claims_until_stop = 1;
  int claim_errors = 0;
  int record_errors = 0;
  int abandoned = 0;
  int park_calls = 0;
  std::map<std::string, State> states;

 private:
  std::vector<Notification> pending_;
  std::vector<int> batches_;
};

class RecordingSender final : public NotificationSender {
 public:
  SendResult Send(const Notification& notification) override {
    sent.push_back(notification.notification_id.value());
    if (after_send) {
      after_send();
    }
    return {SendOutcome::kAccepted, ""};
  }

  std::vector<std::string> sent;
  std::function<void()> after_send;
};

class CountingObserver final : public DeliveryObserver {
 public:
  void OnTried(const Notification&, const SendResult&, const DeliveryUpdate&) override { ++tried; }
  void OnAbandoned(int parked) override { abandoned += parked; }
  void OnError(const absl::Status&) override { ++errors; }

  int tried = 0;
  int abandoned = 0;
  int errors = 0;
};

DeliveryOptions QuickOptions() {
  DeliveryOptions options;
  options.batch_max = 2;
  options.per_second_max = 10000;
  options.poll_interval = std::chrono::milliseconds(1);
  options.error_delay = std::chrono::milliseconds(1);
  return options;
}

TEST(DeliveryRunner, SendsEverythingOnceInBatches) {
  QueueInMemory queue(5);
  RecordingSender sender;
  CountingObserver observer;
  DeliveryRunner under_test(queue, sender, observer, QuickOptions());

  under_test.Run(queue.stop.get_token());

  EXPECT_THAT(sender.sent, ElementsAre("n-0", "n-1", "n-2", "n-3", "n-4"));
  EXPECT_EQ(queue.states.size(), 5u);
  for (const auto& [id, state] : queue.states) {
    EXPECT_EQ(state, State::kSent) << id;
  }
  EXPECT_EQ(observer.tried, 5);
}

TEST(DeliveryRunner, StoresOutcomesOverErrors) {
  QueueInMemory queue(1);
  queue.claim_errors = 1;
  queue.record_errors = 2;
  RecordingSender sender;
  CountingObserver observer;
  DeliveryRunner under_test(queue, sender, observer, QuickOptions());

  under_test.Run(queue.stop.get_token());

  EXPECT_EQ(sender.sent.size(), 1u);
  EXPECT_EQ(queue.states.at("n-0"), State::kSent);
  EXPECT_EQ(observer.errors, 3);
}

TEST(DeliveryRunner, StopFinishesTheMailAndHandsTheRestBack) {
  QueueInMemory queue(2);
  RecordingSender sender;
  sender.after_send = [&queue]() { queue.stop.request_stop(); };
  CountingObserver observer;
  DeliveryRunner under_test(queue, sender, observer, QuickOptions());

  under_test.Run(queue.stop.get_token());

  EXPECT_THAT(sender.sent, ElementsAre("n-0"));
  EXPECT_EQ(queue.states.at("n-0"), State::kSent);
  EXPECT_EQ(queue.states.at("n-1"), State::kPending);
}

TEST(DeliveryRunner, DoesNotBeginAClaimThatHasGrownOld) {
  QueueInMemory queue(1);
  RecordingSender sender;
  CountingObserver observer;
  DeliveryOptions options = QuickOptions();
  options.claim_age_max = Duration(-1);  // older than that at once
  DeliveryRunner under_test(queue, sender, observer, options);

  under_test.Run(queue.stop.get_token());

  EXPECT_THAT(sender.sent, IsEmpty());
  EXPECT_EQ(queue.states.at("n-0"), State::kPending);
}

TEST(DeliveryRunner, ClaimsNoMoreThanItMaySendInASecond) {
  QueueInMemory queue(1);
  RecordingSender sender;
  CountingObserver observer;
  DeliveryOptions options = QuickOptions();
  options.batch_max = 16;
  options.per_second_max = 5;
  DeliveryRunner under_test(queue, sender, observer, options);

  under_test.Run(queue.stop.get_token());

  EXPECT_EQ(queue.batches().front(), 5);
}

TEST(DeliveryRunner, ParksWhatDeadSendersLeftWhenIdle) {
  QueueInMemory queue(0);
  queue.abandoned = 3;
  RecordingSender sender;
  CountingObserver observer;
  DeliveryRunner under_test(queue, sender, observer, QuickOptions());

  under_test.Run(queue.stop.get_token());

  EXPECT_EQ(queue.park_calls, 1);
  EXPECT_EQ(observer.abandoned, 3);
}

TEST(DeliveryRunner, ParksWhatDeadSendersLeftAlsoWhileBatchesAreFull) {
  QueueInMemory queue(4);
  queue.abandoned = 3;
  RecordingSender sender;
  int parked_before_the_last_mail = 0;
  sender.after_send = [&] { parked_before_the_last_mail = queue.park_calls; };
  CountingObserver observer;
  DeliveryOptions options = QuickOptions();
  options.poll_interval = std::chrono::milliseconds(0);
  DeliveryRunner under_test(queue, sender, observer, options);

  under_test.Run(queue.stop.get_token());

  EXPECT_GE(parked_before_the_last_mail, 1);
}

// With an hour between polls the second claim comes in time only when Wake is heard.
TEST(DeliveryRunner, WakeEndsTheWaitForWork) {
  QueueInMemory queue(0);
  queue.empty_claims_until_stop = 2;
  RecordingSender sender;
  CountingObserver observer;
  DeliveryOptions options = QuickOptions();
  options.poll_interval = std::chrono::hours(1);
  DeliveryRunner under_test(queue, sender, observer, options);

  under_test.Wake();
  under_test.Run(queue.stop.get_token());

  EXPECT_EQ(queue.batches().size(), 2u);
}

}  // namespace
}  // namespace orderflow::notification
