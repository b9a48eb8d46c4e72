#include "tests/fault/customers.h"

#include <random>
#include <utility>

#include "fmt/format.h"
#include "libs/base/backoff.h"
#include "libs/base/errors.h"
#include "libs/testing/eventually.h"
#include "tools/orderctl/follow_order.h"
#include "tools/orderctl/new_id.h"

namespace orderflow::fault {
namespace {

using order::v1::Order;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kPlacers = 5;
constexpr int kTrackers = 3;
constexpr int kWatchers = 2;
constexpr milliseconds kThinkTime(200);  // of a client between two orders
constexpr milliseconds kLookAgain(150);
constexpr std::chrono::seconds kWatchTimeout(20);
constexpr BackoffPolicy kRetry{.initial = milliseconds(50), .max = milliseconds(1000)};
constexpr int kGivesUpEvery = 17;   // one client in so many does not repeat its call
constexpr int kAsksAgainEvery = 5;  // one in so many repeats a request that was answered
constexpr int kWatchesEvery = 4;

}  // namespace

Customers::Customers(orderctl::OrderApi& api, order::v1::OrderService::StubInterface& stub,
                     std::string run, ClientHistory& history)
    : api_(api), stub_(stub), run_(std::move(run)), history_(history) {
  for (int i = 0; i < kTrackers; ++i) {
    followers_.emplace_back([this] { TrackOrders(); });
  }
  for (int i = 0; i < kWatchers; ++i) {
    followers_.emplace_back([this] { WatchOrders(); });
  }
  for (int i = 0; i < kPlacers; ++i) {
    placers_.emplace_back([this](const std::stop_token& stop) { PlaceOrders(stop); });
  }
}

Customers::~Customers() {
  giving_up_.request_stop();
  placers_.clear();
  due_.Close();
  to_watch_.Close();
  followers_.clear();
}

bool Customers::AwaitAcknowledged(int since, int count, SteadyTime deadline) const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - SteadyClock::now());
  return testing::Eventually([&] { return history_.acknowledged() >= since + count; }, left);
}

void Customers::Finish(SteadyTime deadline) {
  for (std::jthread& placer : placers_) {
    placer.request_stop();
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - SteadyClock::now());
  testing::Eventually([&] { return open_ == 0; }, left);
  giving_up_.request_stop();
  placers_.clear();
  due_.Close();
  to_watch_.Close();
  followers_.clear();
  const std::vector<RequestLog> requests = history_.requests();
  for (size_t index = 0; index < requests.size(); ++index) {
    const RequestLog& log = requests[index];
    if (log.order_id.empty() && !log.abandoned) {
      history_.Complain(static_cast<int>(index), "got no final answer in time");
    } else if (!log.order_id.empty() && !IsTerminal(log.seen.state())) {
      history_.Complain(static_cast<int>(index),
                        fmt::format("did not come to rest in time, is {}",
                                    order::v1::OrderState_Name(log.seen.state())));
    }
  }
}

std::vector<std::string> Customers::ids() const { return orderctl::CustomersOf(run_, next_); }

void Customers::PlaceOrders(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    ++open_;
    PlaceOrder(next_++);
    Rest(kThinkTime, stop);
  }
}

// Repeats `call` until it gives a final answer or the client gives up.
template <class Call>
absl::StatusOr<Order> Customers::Repeat(int index, bool gives_up, Call call) {
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<Order> answer = call();
    if (answer.ok() || !LeavesOpen(answer.status())) {
      return answer;
    }
    history_.NoteUnknown(index);
    if (gives_up || giving_up_.stop_requested()) {
      return answer;
    }
    Rest(std::chrono::duration_cast<milliseconds>(BackoffDelay(kRetry, attempt, 0.8)),
         giving_up_.get_token());
  }
}

void Customers::PlaceOrder(int number) {
  RequestLog log;
  log.scenario = orderctl::ScenarioOf(number);
  log.request = orderctl::RequestFor(number, run_, orderctl::NewId());
  log.request.set_email(fmt::format("{}@fault.example", log.request.request_id()));
  const int index = history_.Add(log);
  const bool gives_up = number % kGivesUpEvery == kGivesUpEvery - 1;
  const auto answer = Repeat(index, gives_up, [&] {
    absl::StatusOr<Order> accepted = api_.Create(log.request);
    if (!accepted.ok()) {
      history_.NoteNotAccepted(index, accepted.status());
    }
    return accepted;
  });
  if (!answer.ok()) {
    if (!LeavesOpen(answer.status())) {
      history_.Complain(index,
                        fmt::format("CreateOrder failed with {}", answer.status().ToString()));
    } else if (gives_up) {
      history_.NoteAbandoned(index);
    }
    --open_;
    return;
  }
  history_.NoteAcknowledged(index, *answer);
  if (orderctl::CancelsUnderWay(log.scenario)) {
    Cancel(index);
  }
  if (number % kWatchesEvery == 0) {
    to_watch_.Push(SteadyClock::now(), index);
  }
  due_.Push(SteadyClock::now() + kLookAgain, index);
}

void Customers::Cancel(int index) {
  order::v1::CancelOrderRequest request;
  request.set_order_id(history_.At(index).order_id);
  request.set_request_id(orderctl::NewId());
  request.set_reason("changed my mind");
  history_.NoteCancel(index, CancelLog::kUnknown);
  const auto answer = Repeat(index, false, [&] { return api_.Cancel(request); });
  if (answer.ok()) {
    history_.NoteCancel(index, CancelLog::kAccepted);
  } else if (!LeavesOpen(answer.status())) {
    history_.Complain(index, fmt::format("CancelOrder failed with {}", answer.status().ToString()));
  }
}

void Customers::TrackOrders() {
  for (int index = due_.Pop(); index >= 0; index = due_.Pop()) {
    Look(index);
  }
}

void Customers::Look(int index) {
  const RequestLog log = history_.At(index);
  const auto order = api_.Get(log.order_id);
  if (!order.ok() && !LeavesOpen(order.status())) {
    history_.Complain(index, fmt::format("GetOrder failed with {}", order.status().ToString()));
  }
  bool is_at_rest = false;
  if (order.ok()) {
    if (!log.states.empty() && order->sequence() < log.states.rbegin()->first) {
      history_.Complain(index, fmt::format("was told of change {} and then got change {}",
                                           log.states.rbegin()->first, order->sequence()));
    }
    history_.NoteSeen(index, *order);
    is_at_rest = IsTerminal(order->state());
    if (orderctl::CancelsConfirmed(log.scenario) && log.cancel == CancelLog::kNotAsked &&
        order->state() == order::v1::ORDER_STATE_CONFIRMED) {
      Cancel(index);
      is_at_rest = false;
    } else if (log.cancel == CancelLog::kAccepted) {
      is_at_rest = order->state() == order::v1::ORDER_STATE_CANCELLED;
    }
  }
  if (!is_at_rest) {
    due_.Push(SteadyClock::now() + kLookAgain, index);
    return;
  }
  if (index % kAsksAgainEvery == 0) {
    const auto again = api_.Create(log.request);
    if (again.ok()) {
      history_.NoteAcknowledged(index, *again);
    } else if (!LeavesOpen(again.status())) {
      history_.Complain(index, fmt::format("asked again: {}", again.status().ToString()));
    }
  }
  --open_;
}

void Customers::WatchOrders() {
  for (int index = to_watch_.Pop(); index >= 0; index = to_watch_.Pop()) {
    const std::string order_id = history_.At(index).order_id;
    const absl::Status status = orderctl::FollowOrder(
        stub_, order_id, 0, kWatchTimeout,
        [&](const order::v1::OrderStateChange& change) { history_.NoteChange(index, change); });
    if (!status.ok() && !LeavesOpen(status)) {
      history_.Complain(index, fmt::format("WatchOrder failed with {}", status.ToString()));
    }
  }
}

void Customers::Rest(milliseconds time, const std::stop_token& stop) {
  MutexLock lock(mutex_);
  never_.wait_for(mutex_, stop, time, [] { return false; });
}

}  // namespace orderflow::fault
