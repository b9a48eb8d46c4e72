#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "orderflow/order/v1/dead_letter_admin_service.grpc.pb.h"

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

std::unique_ptr<order::v1::DeadLetterAdminService::Stub> DeadLetterStub(const Session& session);

// Adds --topic, --reason-part and --age-min, which set `filter`.
void AddFilterOptions(CLI::App& command,
                      const std::shared_ptr<order::v1::ListDeadLettersRequest>& request);

// Calls ListDeadLetters and `take` with each page until `limit` dead letters were taken (0: all
// there are) or there are no more. Returns the page token that goes on.
absl::StatusOr<std::string> TakeDeadLetters(
    const Session& session, order::v1::ListDeadLettersRequest request, int limit,
    const std::function<void(order::v1::ListDeadLettersResponse page)>& take);

}  // namespace orderflow::orderctl
