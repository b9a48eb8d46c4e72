// Proves that delayed actions run in time order without losing any, also those left at the end.
#include "services/payment_provider_simulator/grpc/delayed_answers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>
#include <vector>

namespace orderflow::payment_provider_simulator {
namespace {

using std::chrono::milliseconds;

TEST(DelayedAnswers, RunsInTimeOrder) {
  DelayedAnswers delayed;
  std::vector<int> order;
  std::promise<void> last;
  delayed.RunAfter(milliseconds(30), [&] {
    order.push_back(3);
    last.set_value();
  });
  std::jthread thread([&delayed](std::stop_token stop) { delayed.Run(stop); });

  delayed.RunAfter(milliseconds(1), [&] { order.push_back(2); });
  ASSERT_EQ(last.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);

  EXPECT_EQ(order, (std::vector<int>{2, 3}));
}

TEST(DelayedAnswers, RunsAtOnceWithoutADelay) {
  DelayedAnswers delayed;
  bool ran = false;

  delayed.RunAfter(Duration(0), [&ran] { ran = true; });

  EXPECT_TRUE(ran);
}

TEST(DelayedAnswers, RunsWhatIsLeftAtTheEndAndWhatComesLater) {
  DelayedAnswers delayed;
  bool left = false;
  bool late = false;
  delayed.RunAfter(std::chrono::hours(1), [&left] { left = true; });
  {
    std::jthread thread([&delayed](std::stop_token stop) { delayed.Run(stop); });
  }

  delayed.RunAfter(std::chrono::hours(1), [&late] { late = true; });

  EXPECT_TRUE(left);
  EXPECT_TRUE(late);
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
