#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"
#include "orderflow/order/v1/dead_letter_admin_service.pb.h"
#include "services/order/domain/dead_letter_ports.h"

namespace orderflow::order {

// The most dead letters in one BatchSettleDeadLetters.
inline constexpr int kSettleBatchMax = 100;

// Requests as they are asked for; kInvalidArgument names every field that is not as required.
// `topics` are all dead letter queues that there are.

struct ListDeadLettersCall {
  std::vector<std::string> topics;  // to be looked into
  DeadLetterFilter filter;
  std::optional<DeadLetterId> from;  // nothing: the beginning
  int limit = 0;
};
absl::StatusOr<ListDeadLettersCall> ValidateListDeadLetters(
    const v1::ListDeadLettersRequest& request, const std::vector<std::string>& topics);
// What a page token of ListDeadLetters is bound to.
std::string FilterKey(const v1::ListDeadLettersRequest& request);

absl::StatusOr<DeadLetterId> ValidateGetDeadLetter(const v1::GetDeadLetterRequest& request,
                                                   const std::vector<std::string>& topics);

struct SettleCall {
  std::vector<DeadLetterId> ids;
  DeadLetterRequest request;
};
absl::StatusOr<SettleCall> ValidateBatchSettleDeadLetters(
    const v1::BatchSettleDeadLettersRequest& request, const std::vector<std::string>& topics,
    const rpc::Caller& caller);

absl::StatusOr<DeadLetterActionFilter> ValidateListDeadLetterActions(
    const v1::ListDeadLetterActionsRequest& request);
// What a page token of ListDeadLetterActions is bound to.
std::string FilterKey(const v1::ListDeadLetterActionsRequest& request);

// `action`: what was done to it; null while it is open. In lists without headers and value.
v1::DeadLetter ToProto(const DeadLetter& letter, const DeadLetterAction* action);
v1::DeadLetter ToDetailedProto(const DeadLetter& letter, const DeadLetterAction* action);
v1::DeadLetterAction ToProto(const DeadLetterAction& action);
v1::DeadLetterResult ToProto(const DeadLetterResult& result);

// kNotFound.
absl::Status DeadLetterNotFound(const DeadLetterId& id);

}  // namespace orderflow::order
