#include "tools/orderctl/event_commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "orderflow/order/v1/event_admin_service.grpc.pb.h"
#include "tools/orderctl/event_text.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/recorded_action_options.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using google::protobuf::util::TimeUtil;
using order::v1::EventAdminService;

std::unique_ptr<EventAdminService::Stub> Stub(const Session& session) {
  return EventAdminService::NewStub(session.Connect(session.addresses().saga));
}

// One call is one part of the orders is one transaction. With a request id that was used before,
// parts that were sent are passed over.
ExitCode Republish(const Session& session, order::v1::RepublishEventsRequest request) {
  if (request.request_id().empty()) {
    request.set_request_id(NewId());
  }
  const auto stub = Stub(session);
  RepublicationTotals totals;
  do {
    const auto part =
        Call(*stub, &EventAdminService::Stub::RepublishEvents, request, session.timeout());
    if (!part.ok()) {
      std::fprintf(stderr, "%s so far\n", TotalsText(totals, request.validate_only()).c_str());
      return session.Fail(part.status(), request.request_id());
    }
    Count(*part, totals);
    session.Show(*part, [&] { return RepublicationText(*part); });
    request.set_after_order_id(part->last_order_id());
  } while (!request.after_order_id().empty());
  if (!session.json()) {
    std::fprintf(stdout, "%s\n", TotalsText(totals, request.validate_only()).c_str());
  }
  return kExitOk;
}

// A point in time as RFC 3339 writes it.
CLI::Option* AddTimeOption(CLI::App& command, const std::string& name, const std::string& help,
                           google::protobuf::Timestamp& time) {
  return command
      .add_option_function<std::string>(
          name,
          [&time, name](const std::string& text) {
            if (!TimeUtil::FromString(text, &time)) {
              throw CLI::ValidationError(
                  name, fmt::format("\"{}\" is no time like 2026-01-31T12:34:56Z", text));
            }
          },
          help)
      ->required();
}

void AddRepublish(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::RepublishEventsRequest>();
  CLI::App* command = group.add_subcommand(
      "republish", "Publish the events of an interval again, from what the orders know");
  AddTimeOption(*command, "--from", "Events from this time on", *request->mutable_from_time());
  AddTimeOption(*command, "--to", "Events before this time", *request->mutable_to_time());
  AddRecordedActionOptions(*command, *request, "Why; recorded",
                           "Only say how many events would be published");
  auto yes = std::make_shared<bool>(false);
  command->add_flag("--yes", *yes, "Really publish them");
  command->callback([&session, request, yes] {
    if (!*yes && !request->validate_only()) {
      throw CLI::ValidationError("republish needs --yes; see first what --dry-run says");
    }
    session.SetAction([&session, request] { return Republish(session, *request); });
  });
}

void AddLog(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ListEventRepublicationsRequest>();
  CLI::App* command =
      group.add_subcommand("log", "What was published again, by whom and why, newest first");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page = Call(*Stub(session), &EventAdminService::Stub::ListEventRepublications,
                             *request, session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] {
        return RepublicationLogText(*page, session.terminal()) +
               NextPageText(page->next_page_token());
      });
    });
  });
}

}  // namespace

void AddEventCommands(CLI::App& app, Session& session) {
  CLI::App* group =
      app.add_subcommand("event", "Publish events of orders again that Kafka has lost");
  group->require_subcommand(1);
  AddRepublish(*group, session);
  AddLog(*group, session);
}

}  // namespace orderflow::orderctl
