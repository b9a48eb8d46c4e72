#include "tests/fault/history.h"

#include <iterator>
#include <map>
#include <utility>

#include "fmt/format.h"

namespace orderflow::fault {
namespace {

using order::v1::Order;
using order::v1::OrderState;

std::string StateName(OrderState state) { return order::v1::OrderState_Name(state); }

std::string NameOf(const RequestLog& log) {
  return fmt::format("request {} ({}, order {})", log.request.request_id(),
                     orderctl::NameOf(log.scenario),
                     log.order_id.empty() ? "unknown" : log.order_id);
}

std::string RequestIdOf(const Order& order) {
  return order.email().substr(0, order.email().find('@'));
}

bool HasSameContent(const order::v1::CreateOrderRequest& request, const Order& order) {
  if (order.customer_id() != request.customer_id() || order.email() != request.email() ||
      order.items_size() != request.items_size()) {
    return false;
  }
  std::map<std::string, int> asked;
  for (const auto& item : request.items()) {
    asked[item.sku()] = item.quantity();
  }
  for (const auto& item : order.items()) {
    if (asked[item.sku()] != item.quantity()) {
      return false;
    }
  }
  return true;
}

// The end that the client may expect; a cancel that nobody answered may have happened or not.
bool EndedAsExpected(const RequestLog& log, OrderState state) {
  if (log.cancel == CancelLog::kAccepted) {
    return state == order::v1::ORDER_STATE_CANCELLED;
  }
  const bool cancels =
      orderctl::CancelsUnderWay(log.scenario) || orderctl::CancelsConfirmed(log.scenario);
  if (cancels && log.cancel == CancelLog::kUnknown) {
    return state == order::v1::ORDER_STATE_CANCELLED || state == order::v1::ORDER_STATE_CONFIRMED;
  }
  return state ==
         (cancels ? order::v1::ORDER_STATE_CONFIRMED : orderctl::ExpectedState(log.scenario));
}

// Nothing that a client was told is newer, or says otherwise of this very change.
bool IsAsTold(const RequestLog& log, const Order& order) {
  if (log.states.empty()) {
    return true;
  }
  const auto& [sequence, state] = *log.states.rbegin();
  return order.sequence() > sequence || (order.sequence() == sequence && order.state() == state);
}

// A final state stays, but for the customer's own cancel.
bool MayFollow(const RequestLog& log, OrderState seen, OrderState state) {
  if (!IsTerminal(seen) || seen == state) {
    return true;
  }
  return seen == order::v1::ORDER_STATE_CONFIRMED && log.cancel != CancelLog::kNotAsked;
}

}  // namespace

bool LeavesOpen(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

bool IsTerminal(OrderState state) {
  return state == order::v1::ORDER_STATE_CONFIRMED || state == order::v1::ORDER_STATE_REJECTED ||
         state == order::v1::ORDER_STATE_CANCELLED;
}

int ClientHistory::Add(RequestLog log) {
  MutexLock lock(mutex_);
  requests_.push_back(std::move(log));
  return static_cast<int>(requests_.size()) - 1;
}

RequestLog ClientHistory::At(int index) const {
  MutexLock lock(mutex_);
  return requests_[static_cast<size_t>(index)];
}

void ClientHistory::NoteUnknown(int index) {
  MutexLock lock(mutex_);
  ++requests_[static_cast<size_t>(index)].unknown_answers;
}

void ClientHistory::NoteNotAccepted(int index, const absl::Status& answer) {
  MutexLock lock(mutex_);
  if (must_accept_) {
    violations_.push_back(fmt::format("{} was not accepted while only others were down: {}",
                                      NameOf(requests_[static_cast<size_t>(index)]),
                                      answer.ToString()));
  }
}

void ClientHistory::MustAccept(bool must) {
  MutexLock lock(mutex_);
  must_accept_ = must;
}

void ClientHistory::NoteAbandoned(int index) {
  MutexLock lock(mutex_);
  requests_[static_cast<size_t>(index)].abandoned = true;
}

void ClientHistory::NoteCancel(int index, CancelLog cancel) {
  MutexLock lock(mutex_);
  requests_[static_cast<size_t>(index)].cancel = cancel;
}

void ClientHistory::NoteAcknowledged(int index, const Order& order) {
  MutexLock lock(mutex_);
  RequestLog& log = requests_[static_cast<size_t>(index)];
  if (log.order_id.empty()) {
    log.order_id = order.order_id();
    ++acknowledged_;
    SeeLocked(log, order);
  } else if (log.order_id != order.order_id()) {
    violations_.push_back(
        fmt::format("{} asked again got another order: {}", NameOf(log), order.order_id()));
  }
}

void ClientHistory::NoteSeen(int index, const Order& order) {
  MutexLock lock(mutex_);
  SeeLocked(requests_[static_cast<size_t>(index)], order);
}

void ClientHistory::SeeLocked(RequestLog& log, const Order& order) {
  if (order.sequence() < log.seen.sequence() || !MayFollow(log, log.seen.state(), order.state())) {
    violations_.push_back(fmt::format("{} was {} at change {} and later {} at change {}",
                                      NameOf(log), StateName(log.seen.state()), log.seen.sequence(),
                                      StateName(order.state()), order.sequence()));
  }
  NoteStateLocked(log, order.sequence(), order.state());
  log.seen = order;
}

void ClientHistory::NoteChange(int index, const order::v1::OrderStateChange& change) {
  MutexLock lock(mutex_);
  NoteStateLocked(requests_[static_cast<size_t>(index)], change.sequence(), change.state());
}

void ClientHistory::NoteStateLocked(RequestLog& log, int64_t sequence, OrderState state) {
  const auto [told, is_new] = log.states.emplace(sequence, state);
  if (!is_new && told->second != state) {
    violations_.push_back(fmt::format("{}: change {} was {} and is told as {}", NameOf(log),
                                      sequence, StateName(told->second), StateName(state)));
    return;
  }
  const auto next = std::next(told);
  const bool follows = told == log.states.begin() || MayFollow(log, std::prev(told)->second, state);
  if (!follows || (next != log.states.end() && !MayFollow(log, state, next->second))) {
    violations_.push_back(
        fmt::format("{}: {} at change {} does not stand beside what else was told", NameOf(log),
                    StateName(state), sequence));
  }
}

void ClientHistory::Complain(int index, const std::string& what) {
  MutexLock lock(mutex_);
  violations_.push_back(fmt::format("{}: {}", NameOf(requests_[static_cast<size_t>(index)]), what));
}

int ClientHistory::acknowledged() const {
  MutexLock lock(mutex_);
  return acknowledged_;
}

std::vector<RequestLog> ClientHistory::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

std::vector<std::string> ClientHistory::violations() const {
  MutexLock lock(mutex_);
  return violations_;
}

Comparison Compare(const std::vector<RequestLog>& requests, const std::vector<Order>& orders) {
  Comparison result;
  std::map<std::string, const Order*> by_request;
  for (const Order& order : orders) {
    const auto [found, is_first] = by_request.emplace(RequestIdOf(order), &order);
    if (!is_first) {
      result.violations.push_back(fmt::format("request {} made two orders: {} and {}", found->first,
                                              found->second->order_id(), order.order_id()));
    }
  }
  for (const RequestLog& log : requests) {
    const auto found = by_request.find(log.request.request_id());
    if (found == by_request.end()) {
      if (!log.order_id.empty()) {
        ++result.acknowledged_lost;
        result.violations.push_back(fmt::format("{} was acknowledged and is lost", NameOf(log)));
      }
      continue;
    }
    const Order& order = *found->second;
    by_request.erase(found);
    if (!log.order_id.empty() && log.order_id != order.order_id()) {
      ++result.acknowledged_lost;
      result.violations.push_back(
          fmt::format("{} was acknowledged, but its order is {}", NameOf(log), order.order_id()));
    }
    if (!HasSameContent(log.request, order)) {
      result.violations.push_back(fmt::format("{} is not as it was asked for", NameOf(log)));
    }
    if (!IsTerminal(order.state()) || !MayFollow(log, log.seen.state(), order.state()) ||
        order.sequence() < log.seen.sequence() || !IsAsTold(log, order)) {
      result.violations.push_back(fmt::format("{} was {} and is {}", NameOf(log),
                                              StateName(log.seen.state()),
                                              StateName(order.state())));
    } else if (!log.order_id.empty() && !EndedAsExpected(log, order.state())) {
      result.violations.push_back(
          fmt::format("{} ended {}", NameOf(log), StateName(order.state())));
    }
  }
  for (const auto& [request_id, order] : by_request) {
    result.violations.push_back(
        fmt::format("order {} has no request of any client", order->order_id()));
  }
  return result;
}

}  // namespace orderflow::fault
