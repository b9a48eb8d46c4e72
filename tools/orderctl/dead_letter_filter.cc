#include "tools/orderctl/dead_letter_filter.h"

#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

constexpr int kPageSizeMax = 1000;  // of the server

}  // namespace

std::unique_ptr<order::v1::DeadLetterAdminService::Stub> DeadLetterStub(const Session& session) {
  return order::v1::DeadLetterAdminService::NewStub(session.Connect(session.addresses().saga));
}

void AddFilterOptions(CLI::App& command,
                      const std::shared_ptr<order::v1::ListDeadLettersRequest>& request) {
  command
      .add_option_function<std::vector<std::string>>(
          "--topic",
          [request](const std::vector<std::string>& topics) {
            for (const std::string& topic : topics) {
              request->mutable_filter()->add_original_topics(topic);
            }
          },
          "Only records of this topic, for example payment.commands; may be given several times")
      ->allow_extra_args(false);
  command.add_option_function<std::string>(
      "--reason-part",
      [request](const std::string& part) { request->mutable_filter()->set_reason_part(part); },
      "Only those with this text in their reason");
  command.add_option_function<int64_t>(
      "--age-min",
      [request](int64_t seconds) {
        request->mutable_filter()->mutable_age_min()->set_seconds(seconds);
      },
      "Only those parked at least so many seconds ago");
}

absl::StatusOr<std::string> TakeDeadLetters(
    const Session& session, order::v1::ListDeadLettersRequest request, int limit,
    const std::function<void(order::v1::ListDeadLettersResponse page)>& take) {
  const auto stub = DeadLetterStub(session);
  int taken = 0;
  do {
    request.set_page_size(limit == 0 ? kPageSizeMax : limit - taken);
    auto page = Call(*stub, &order::v1::DeadLetterAdminService::Stub::ListDeadLetters, request,
                     session.timeout());
    if (!page.ok()) {
      return page.status();
    }
    taken += page->dead_letters_size();
    request.set_page_token(page->next_page_token());
    take(*std::move(page));
  } while (!request.page_token().empty() && (limit == 0 || taken < limit));
  return request.page_token();
}

}  // namespace orderflow::orderctl
