// Proves that accepting rests after a batch, until a full one waits, and that admission does not
// see the rest.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "services/order/domain/testing/order_acceptor_fixture.h"

namespace orderflow::order {
namespace {

// The interval would never end: it is the full batch that does.
TEST_F(OrderAcceptorTest, RestsAfterABatchUntilAFullOneWaits) {
  OrderAcceptor acceptor(
      store_, quoter_, clock_, ids_,
      {.batch_max = 6, .pace = {.interval = std::chrono::hours(1), .records_per_second_min = 0}});
  std::vector<std::future<absl::StatusOr<Order>>> answers;
  const auto submit = [&](int count) {
    for (int i = 0; i < count; ++i) {
      answers.push_back(Submit(acceptor, ARequest("r" + std::to_string(answers.size()))));
    }
  };
  submit(4);
  std::jthread worker([&acceptor](std::stop_token stop) { acceptor.Run(stop); });
  answers[3].wait();

  submit(5);
  EXPECT_EQ(answers[8].wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  submit(1);

  answers[9].wait();
  acceptor.Close();
  worker.join();
  EXPECT_EQ(store_.batch_sizes, (std::vector<size_t>{4, 6}));
}

// Admission would take it for a queue and let in fewer calls, which fill no batch.
TEST_F(OrderAcceptorTest, TheRestDoesNotCountAsWaiting) {
  constexpr std::chrono::milliseconds kInterval{300};
  const SystemClock clock;
  std::vector<Duration> waits;  // read when the worker has ended
  OrderAcceptor acceptor(store_, quoter_, clock, ids_,
                         {.pace = {.interval = kInterval, .records_per_second_min = 0},
                          .on_batch = [&](size_t, Duration wait) { waits.push_back(wait); }});
  const auto submit = [&](const std::string& request_id) {
    CreateOrder request = ARequest(request_id);
    request.deadline = clock.Now() + std::chrono::minutes(1);
    return Submit(acceptor, std::move(request));
  };
  auto first = submit("r1");
  std::jthread worker([&acceptor](std::stop_token stop) { acceptor.Run(stop); });
  first.wait();

  submit("r2").wait();

  acceptor.Close();
  worker.join();
  ASSERT_EQ(waits.size(), 2U);
  EXPECT_GE(waits[1], Duration::zero());
  EXPECT_LT(waits[1], kInterval / 2);
}

}  // namespace
}  // namespace orderflow::order
