// Proves that calls are admitted up to the limit and refused at once beyond it with a time to come
// back, that one customer cannot push out another, and that nothing is held for who has left.

#include "libs/rpc/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "libs/base/errors.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// Of our own: libs/testing is above this library.
class TestClock final : public Clock {
 public:
  Timestamp Now() const override { return now; }
  Timestamp now{std::chrono::seconds(1'767'323'045)};
};

class AdmissionTest : public ::testing::Test {
 protected:
  void Use(int limit) {
    AdmissionOptions options;
    options.limit = {.initial = limit, .min = limit, .max = limit};
    Use(std::move(options));
  }
  void Use(AdmissionOptions options) {
    admission_ = std::make_unique<Admission>(metrics_, clock_, std::move(options));
  }

  TestClock clock_;
  telemetry::Metrics metrics_;
  std::unique_ptr<Admission> admission_;
};

TEST_F(AdmissionTest, RefusesBeyondTheLimitAndAdmitsAgainWhenOneHasLeft) {
  Use(2);
  absl::StatusOr<Admission::Place> first = admission_->Enter("");
  const absl::StatusOr<Admission::Place> second = admission_->Enter("");
  ASSERT_TRUE(first.ok() && second.ok());

  const absl::Status refused = admission_->Enter("").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(DetailsOf(refused).retry_delay, milliseconds(0));

  first = absl::CancelledError("leaves");
  EXPECT_TRUE(admission_->Enter("").ok());
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_admission_refused_calls_total{reason=\"limit\"} 1"));
}

TEST_F(AdmissionTest, OneCustomerWithAHundredTimesTheLoadDoesNotPushOutAnother) {
  constexpr int kRounds = 1'000;
  constexpr int kCallsOfLarge = 100;
  Use(32);
  std::vector<Admission::Place> under_way;
  int small_admitted = 0;
  int large_admitted = 0;

  // In each round a quarter of what is under way ends, and the large one's calls come first.
  for (int round = 0; round < kRounds; ++round) {
    clock_.now += milliseconds(5);
    under_way.erase(under_way.begin(),
                    under_way.begin() + static_cast<std::ptrdiff_t>(under_way.size() / 4));
    for (int call = 0; call < kCallsOfLarge; ++call) {
      if (auto place = admission_->Enter("large"); place.ok()) {
        ++large_admitted;
        under_way.push_back(*std::move(place));
      }
    }
    if (auto place = admission_->Enter("small"); place.ok()) {
      ++small_admitted;
      under_way.push_back(*std::move(place));
    }
  }

  EXPECT_GE(small_admitted, kRounds * 99 / 100);
  EXPECT_GE(large_admitted, 3 * kRounds) << "and what is left is for the large one";
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_admission_refused_calls_total{reason=\"customer_share\"}"));
}

TEST_F(AdmissionTest, ManyCustomersWithOneCallEachUseEveryPlace) {
  constexpr int kLimit = 100;
  Use(kLimit);
  std::vector<Admission::Place> under_way;

  for (int i = 0; i < kLimit; ++i) {
    auto place = admission_->Enter("customer-" + std::to_string(i));
    ASSERT_TRUE(place.ok()) << i;
    under_way.push_back(*std::move(place));
  }

  EXPECT_FALSE(admission_->Enter("one more").ok());
}

TEST_F(AdmissionTest, SpreadsThoseWhoComeBackOverTheTimeInWhichThereIsRoom) {
  Use(1);
  const absl::StatusOr<Admission::Place> place = admission_->Enter("");
  ASSERT_TRUE(place.ok());
  std::set<milliseconds> delays;

  for (int i = 0; i < 100; ++i) {
    delays.insert(DetailsOf(admission_->Enter("").status()).retry_delay.value());
  }

  EXPECT_GE(*delays.begin(), milliseconds(125)) << "half a window";
  EXPECT_LE(*delays.rbegin(), milliseconds(5'000));
  EXPECT_GT(delays.size(), 5U) << "not all at the same time";
}

TEST_F(AdmissionTest, AStandingQueueLowersTheLimitAndTimeWithoutCallsRestoresIt) {
  AdmissionOptions options;
  options.limit.initial = 100;
  Use(options);
  for (int i = 0; i < 10; ++i) {
    admission_->ObserveWait(milliseconds(500));
    clock_.now += options.window;
    (void)admission_->Enter("");
  }
  EXPECT_LT(admission_->limit(), 50);

  clock_.now += std::chrono::seconds(30);
  (void)admission_->Enter("");

  EXPECT_GE(admission_->limit(), 100);
}

TEST_F(AdmissionTest, WorkThatPilesUpBehindLowersTheLimit) {
  WorkBehind work;
  AdmissionOptions options;
  options.limit.initial = 100;
  options.work_behind = [&work] { return work; };
  Use(options);

  for (int i = 0; i < 20; ++i) {
    work.begun += 500;
    work.done += 250;
    work.done_late += i > 4 ? 250 : 0;
    work.waiting += 250;
    clock_.now += options.window;
    (void)admission_->Enter("");
  }

  EXPECT_LT(admission_->limit(), 10);
}

}  // namespace
}  // namespace orderflow::rpc
