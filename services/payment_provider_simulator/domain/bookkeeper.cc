#include "services/payment_provider_simulator/domain/bookkeeper.h"

#include <utility>

#include "libs/base/crash_point.h"
#include "libs/base/errors.h"

namespace orderflow::payment_provider_simulator {

Bookkeeper::Bookkeeper(BookStore& store, FaultInjector& faults, const Clock& clock,
                       IdGenerator& ids, BookkeeperOptions options, BookingListener* listener)
    : store_(store),
      faults_(faults),
      clock_(clock),
      ids_(ids),
      options_(options),
      listener_(listener),
      queue_(options.queue_max) {}

void Bookkeeper::Submit(std::vector<Booking> bookings) {
  std::vector<Pending> pending;
  pending.reserve(bookings.size());
  for (Booking& booking : bookings) {
    const FaultDraw draw = faults_.Draw();
    if (draw.error.ok()) {
      pending.push_back({std::move(booking.call), draw, std::move(booking.done), std::nullopt});
    } else {
      booking.done({.operation = draw.error, .delay = draw.delay});
    }
  }
  queue_.PushWhatFits(pending);
  for (const Pending& refused : pending) {
    refused.done(
        {.operation = Overloaded("too many calls wait to be booked; try again with the same key",
                                 kRefusedRetryDelay)});
  }
}

void Bookkeeper::Run() {
  while (true) {
    // Without a stop token: Close() ends the loop once everything is answered.
    std::vector<Pending> batch = queue_.PopBatch(options_.batch_max, std::stop_token());
    if (batch.empty()) {
      return;
    }
    Process(batch);
  }
}

void Bookkeeper::Process(std::vector<Pending>& batch) {
  std::vector<MerchantCall> calls;
  calls.reserve(batch.size());
  for (const Pending& pending : batch) {
    calls.push_back(pending.call);
  }
  std::vector<BookedAnswer> answers;
  const absl::Status status = store_.Update(calls, [&](Books& books) {
    answers.clear();
    for (Pending& pending : batch) {
      answers.push_back(Decide(books, pending));
    }
    CRASH_POINT("provider.before_booking");
  });
  if (status.ok()) {
    CRASH_POINT("provider.before_answer");
  }
  for (size_t i = 0; i < batch.size(); ++i) {
    if (status.ok()) {
      Tell(answers[i]);
    }
    batch[i].done(status.ok() ? std::move(answers[i]) : BookedAnswer{.operation = status});
  }
}

void Bookkeeper::Tell(const BookedAnswer& answer) {
  if (listener_ != nullptr && answer.booked_now) {
    listener_->OnBooked(*answer.operation,
                        answer.silent ? std::nullopt : std::optional(answer.delay));
  }
}

BookedAnswer Bookkeeper::Decide(Books& books, Pending& pending) {
  const MerchantCall& call = pending.call;
  const TokenBehaviour behaviour = BehaviourOf(books.TokenOf(call));
  const bool booked_before = books.Find(call.idempotency_key) != nullptr;
  BookedAnswer answer{.operation = FaultError(), .delay = pending.faults.delay + behaviour.delay};
  if (!booked_before) {
    if (!pending.fails_by_token.has_value()) {
      pending.fails_by_token = FailsByToken(call.idempotency_key, behaviour.failing_calls);
    }
    if (*pending.fails_by_token) {
      return answer;
    }
  }
  const std::string decline_code =
      call.kind == OperationKind::kAuthorize ? behaviour.decline_code : "";
  answer.operation = books.Book(call, decline_code, ids_.NewId(), clock_.Now());
  answer.booked_now = answer.operation.ok() && !booked_before;
  if (answer.booked_now && behaviour.hold_lapses && call.kind == OperationKind::kAuthorize) {
    books.Lapse(*answer.operation);
  }
  answer.silent = answer.operation.ok() &&
                  (pending.faults.silent || (behaviour.first_call_silent && !booked_before));
  return answer;
}

bool Bookkeeper::FailsByToken(const std::string& idempotency_key, int failing_calls) {
  if (failing_calls == 0) {
    return false;
  }
  if (failed_calls_.size() >= options_.failing_calls_max) {
    failed_calls_.clear();  // bounded; operations then fail a few times more
  }
  int& failed = failed_calls_[idempotency_key];
  if (failed >= failing_calls) {
    failed_calls_.erase(idempotency_key);
    return false;
  }
  ++failed;
  return true;
}

}  // namespace orderflow::payment_provider_simulator
