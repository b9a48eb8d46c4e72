// Proves how often the expiry thread asks for overdue reservations, with a store that plays back
// answers and stops the thread with the last one.
#include "services/inventory/domain/reservation_expiry_runner.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

namespace orderflow::inventory {
namespace {

constexpr int kBatchMax = 10;

class PlayedBackExpiry final : public ReservationExpiry {
 public:
  PlayedBackExpiry(std::vector<absl::StatusOr<int>> answers, std::stop_source& stop)
      : answers_(std::move(answers)), stop_(stop) {}

  absl::StatusOr<int> ExpireDue(int batch_max) override {
    EXPECT_EQ(batch_max, kBatchMax);
    if (asked_ + 1 >= answers_.size()) {
      stop_.request_stop();
    }
    return answers_[asked_++];
  }

  size_t asked() const { return asked_; }

 private:
  const std::vector<absl::StatusOr<int>> answers_;
  std::stop_source& stop_;
  size_t asked_ = 0;
};

TEST(ReservationExpiryRunner, GoesOnAtOnceWhileBatchesAreFull) {
  std::stop_source stop;
  PlayedBackExpiry expiry({kBatchMax, kBatchMax, 3}, stop);
  std::vector<int> reported;
  // The interval is far beyond the test's time limit: waiting for it would be noticed.
  ReservationExpiryRunner under_test(expiry, {.interval = std::chrono::hours(1),
                                              .batch_max = kBatchMax,
                                              .on_batch = [&](const absl::StatusOr<int>& expired) {
                                                reported.push_back(*expired);
                                              }});

  under_test.Run(stop.get_token());

  EXPECT_EQ(reported, (std::vector<int>{kBatchMax, kBatchMax, 3}));
}

TEST(ReservationExpiryRunner, TriesAgainWithTheNextSweepAfterAnError) {
  std::stop_source stop;
  PlayedBackExpiry expiry({absl::UnavailableError("database is down"), 0}, stop);
  std::vector<bool> reported_ok;
  ReservationExpiryRunner under_test(expiry, {.interval = std::chrono::milliseconds(1),
                                              .batch_max = kBatchMax,
                                              .on_batch = [&](const absl::StatusOr<int>& result) {
                                                reported_ok.push_back(result.ok());
                                              }});

  under_test.Run(stop.get_token());

  EXPECT_EQ(reported_ok, (std::vector<bool>{false, true}));
}

TEST(ReservationExpiryRunner, StopEndsTheWaitBetweenSweeps) {
  std::stop_source never;
  PlayedBackExpiry expiry({0}, never);
  std::jthread thread([&](std::stop_token stop) {
    ReservationExpiryRunner(expiry, {.interval = std::chrono::hours(1), .batch_max = kBatchMax})
        .Run(stop);
  });

  thread.request_stop();
  thread.join();

  EXPECT_LE(expiry.asked(), 1u);
}

}  // namespace
}  // namespace orderflow::inventory
