#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// One call to be made for an open operation.
struct ProviderCall {
  OrderId order_id;
  OperationKind kind = OperationKind::kAuthorize;
  std::string idempotency_key;
  Money amount;
  std::string payment_method_token;  // for kAuthorize
  CustomerId customer_id;            // for kAuthorize
  std::string traceparent;
  // True when the operation may have been carried out already: the provider is asked by key first,
  // and the operation is sent again only when it has none.
  bool ask_first = false;
  // True when a hint is followed: the provider is asked by key, nothing is ever sent, and an answer
  // that tells nothing leaves everything as it was.
  bool ask_only = false;
  // From then on the operation belongs to whoever claims it: the call must not be started any more.
  std::chrono::steady_clock::time_point start_before = std::chrono::steady_clock::time_point::max();
};

// How the provider's books record an operation.
struct ProviderAnswer {
  std::string reference{};
  bool succeeded = false;
  std::string decline_code{};
  Money amount{};
};

enum class Verdict { kSucceeded, kDeclined, kInconclusive };

// What a call has taught us.
struct CallOutcome {
  OrderId order_id{};
  OperationKind kind = OperationKind::kAuthorize;
  Verdict verdict = Verdict::kInconclusive;
  std::string provider_reference{};
  std::string decline_code{};
  std::string error{};  // for kInconclusive: what was tried and what went wrong
  int calls = 0;        // times the operation itself was sent
};

// The call for an open operation of `payment`.
ProviderCall MakeCall(const Payment& payment, const Operation& operation, bool ask_first);

// What the provider can be asked.
enum class Question {
  kFind,  // what became of the operation with this key?
  kSend,  // to carry the operation out
};

// Nobody may start the call any more: it has waited so long that somebody else may have claimed its
// operation.
inline bool IsTooLate(const ProviderCall& call, std::chrono::steady_clock::time_point now) {
  return now >= call.start_before;
}

// What the provider is asked first; and what next, after an answer: nothing when the answer is to
// be judged. An operation that was never booked is sent under the same key, so that it cannot
// happen twice.
inline Question FirstQuestion(const ProviderCall& call) {
  return call.ask_first || call.ask_only ? Question::kFind : Question::kSend;
}
inline std::optional<Question> NextQuestion(const ProviderCall& call, Question asked,
                                            const absl::StatusOr<ProviderAnswer>& answer) {
  return asked == Question::kFind && !call.ask_only && absl::IsNotFound(answer.status())
             ? std::optional(Question::kSend)
             : std::nullopt;
}

// Judges an answer or error. Pure.
//
// Conclusive are: an answer whose amount is ours; kInvalidArgument for an authorization (nothing is
// held); kFailedPrecondition for a capture (no hold stands, and a capture under this key would have
// been answered). Everything else (time-out, unreachable, an answer that does not fit) leaves
// the outcome open: it is never taken for a failure.
CallOutcome Judge(const ProviderCall& call, Question asked,
                  const absl::StatusOr<ProviderAnswer>& answer);

// Whether an outcome is to be stored: what a hint has led to only when it is conclusive, because
// the operation may be under way, and would be counted as unknown before its time.
inline bool IsToBeStored(const ProviderCall& call, const CallOutcome& outcome) {
  return !call.ask_only || outcome.verdict != Verdict::kInconclusive;
}

// The payment provider (port). Every call has a deadline of its own. Threadsafe, never blocks;
// `done` is called exactly once, from another thread, or at once when no calls are made any more.
class Provider {
 public:
  using Done = std::function<void(absl::StatusOr<ProviderAnswer>)>;
  struct Sending {
    ProviderCall call;
    Done done;
  };

  virtual ~Provider() = default;
  // Sends the operations, at least one, together as far as they fit into a message; each has an
  // answer of its own. The same key again gets the first answer.
  virtual void Send(std::vector<Sending> sendings) = 0;
  // Looks the operation up by its key. kNotFound: the provider has never booked it.
  virtual void Find(const ProviderCall& call, Done done) = 0;
};

// Takes calls to be made (port). Threadsafe, never blocks.
class CallSink {
 public:
  virtual ~CallSink() = default;
  // A call that finds no room is dropped: its operation stays open and the resolver finds it.
  virtual void Submit(std::vector<ProviderCall> calls) = 0;
  // How many more calls may be submitted without dropping any.
  virtual size_t Room() const = 0;
};

}  // namespace orderflow::payment
