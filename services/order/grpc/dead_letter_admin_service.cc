#include "services/order/grpc/dead_letter_admin_service.h"

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/page_token.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/dead_letter_mapping.h"

namespace orderflow::order {
namespace {

// What one call looks at, so that it ends in time whatever the filter leaves.
constexpr size_t kReadMax = 500;   // at once
constexpr size_t kScanMax = 5000;  // in all
// How long a call may look when its caller has set no deadline.
constexpr Duration kTimeMax = std::chrono::seconds(20);

// When the caller does not wait any more.
DeadLetterLog::Deadline DeadlineOf(const grpc::ServerContext& context) {
  return std::chrono::steady_clock::now() + rpc::TimeLeft(context, kTimeMax);
}

}  // namespace

void DeadLetterAdminGrpcService::ListDeadLetters(rpc::ServerCall* call,
                                                 const v1::ListDeadLettersRequest* request,
                                                 v1::ListDeadLettersResponse* response) {
  executor_.Run(call, "ListDeadLetters", rpc::NotForCustomers([=, this]() -> absl::Status {
                  return List(*request, *response, DeadlineOf(call->context()));
                }));
}

absl::Status DeadLetterAdminGrpcService::List(const v1::ListDeadLettersRequest& request,
                                              v1::ListDeadLettersResponse& response,
                                              DeadLetterLog::Deadline deadline) {
  ASSIGN_OR_RETURN(const ListDeadLettersCall call, ValidateListDeadLetters(request, log_.Topics()));
  std::optional<DeadLetterId> from = call.from;
  size_t scanned = 0;
  do {
    ASSIGN_OR_RETURN(const DeadLetterLog::Page page,
                     log_.Read(call.topics, from, kReadMax, deadline));
    ASSIGN_OR_RETURN(const auto actions, settler_.ActionsOn(page.letters));
    for (const DeadLetter& letter : page.letters) {
      if (response.dead_letters_size() == call.limit) {
        response.set_next_page_token(rpc::EncodePageToken(ToString(letter.id), FilterKey(request)));
        return absl::OkStatus();
      }
      const auto found = actions.find(letter.id);
      const DeadLetterAction* action = found == actions.end() ? nullptr : &found->second;
      const DeadLetterState state =
          action == nullptr ? DeadLetterState::kOpen : StateAfter(action->request.kind);
      if (Matches(call.filter, letter, state, clock_.Now())) {
        *response.add_dead_letters() = ToProto(letter, action);
      }
    }
    scanned += page.letters.size();
    from = page.next;
  } while (from && scanned < kScanMax && response.dead_letters_size() < call.limit);
  if (from) {
    response.set_next_page_token(rpc::EncodePageToken(ToString(*from), FilterKey(request)));
  }
  return absl::OkStatus();
}

void DeadLetterAdminGrpcService::GetDeadLetter(rpc::ServerCall* call,
                                               const v1::GetDeadLetterRequest* request,
                                               v1::DeadLetter* response) {
  executor_.Run(
      call, "GetDeadLetter", rpc::NotForCustomers([=, this]() -> absl::Status {
        ASSIGN_OR_RETURN(const DeadLetterId id, ValidateGetDeadLetter(*request, log_.Topics()));
        ASSIGN_OR_RETURN(const auto letters,
                         log_.Find(std::span(&id, 1), DeadlineOf(call->context())));
        const auto letter = letters.find(id);
        if (letter == letters.end()) {
          return DeadLetterNotFound(id);
        }
        ASSIGN_OR_RETURN(const auto actions, settler_.ActionsOn(std::span(&letter->second, 1)));
        const auto action = actions.find(id);
        *response =
            ToDetailedProto(letter->second, action == actions.end() ? nullptr : &action->second);
        return absl::OkStatus();
      }));
}

void DeadLetterAdminGrpcService::BatchSettleDeadLetters(
    rpc::ServerCall* call, const v1::BatchSettleDeadLettersRequest* request,
    v1::BatchSettleDeadLettersResponse* response) {
  executor_.Run(
      call, "BatchSettleDeadLetters",
      rpc::NotForCustomers(ForClient([=, this](const rpc::Caller& caller) -> absl::Status {
        return Settle(caller, *request, *response, DeadlineOf(call->context()));
      })));
}

absl::Status DeadLetterAdminGrpcService::Settle(const rpc::Caller& caller,
                                                const v1::BatchSettleDeadLettersRequest& request,
                                                v1::BatchSettleDeadLettersResponse& response,
                                                DeadLetterLog::Deadline deadline) {
  ASSIGN_OR_RETURN(const SettleCall call,
                   ValidateBatchSettleDeadLetters(request, log_.Topics(), caller));
  ASSIGN_OR_RETURN(auto found, log_.Find(call.ids, deadline));
  std::vector<DeadLetter> letters;
  for (auto& [id, letter] : found) {
    letters.push_back(std::move(letter));
  }
  ASSIGN_OR_RETURN(std::vector<DeadLetterResult> settled, settler_.Settle(letters, call.request));
  std::map<DeadLetterId, DeadLetterResult> results;
  for (DeadLetterResult& result : settled) {
    DeadLetterId id = result.id;
    results.emplace(std::move(id), std::move(result));
  }
  for (const DeadLetterId& id : call.ids) {
    const auto result = results.find(id);
    *response.add_results() = ToProto(
        result == results.end() ? DeadLetterResult{id, DeadLetterNotFound(id)} : result->second);
  }
  return absl::OkStatus();
}

void DeadLetterAdminGrpcService::ListDeadLetterActions(
    rpc::ServerCall* call, const v1::ListDeadLetterActionsRequest* request,
    v1::ListDeadLetterActionsResponse* response) {
  executor_.Run(call, "ListDeadLetterActions", rpc::NotForCustomers([=, this]() -> absl::Status {
                  ASSIGN_OR_RETURN(const DeadLetterActionFilter filter,
                                   ValidateListDeadLetterActions(*request));
                  ASSIGN_OR_RETURN(const std::vector<DeadLetterAction> actions,
                                   settler_.ListActions(filter));
                  for (const DeadLetterAction& action : actions) {
                    *response->add_actions() = ToProto(action);
                  }
                  if (static_cast<int>(actions.size()) == filter.limit) {
                    response->set_next_page_token(
                        rpc::EncodePageToken(actions.back().action_id, FilterKey(*request)));
                  }
                  return absl::OkStatus();
                }));
}

}  // namespace orderflow::order
