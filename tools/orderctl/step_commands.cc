#include "tools/orderctl/step_commands.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "orderflow/order/v1/step_admin_service.grpc.pb.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/recorded_action_options.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/step_text.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::PauseStepRequest;
using order::v1::ResumeStepRequest;
using order::v1::StepAction;
using order::v1::StepAdminService;

std::unique_ptr<StepAdminService::Stub> Stub(const Session& session) {
  return StepAdminService::NewStub(session.Connect(session.addresses().saga));
}

// pause and resume differ in the call only.
template <class Request>
void AddAction(CLI::App& group, Session& session, const char* name, const char* help,
               grpc::Status (StepAdminService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              StepAction*)) {
  auto request = std::make_shared<Request>();
  CLI::App* command = group.add_subcommand(name, help);
  const auto add = [command](const char* option, const char* description, auto set) {
    return command->add_option_function<std::string>(option, set, description);
  };
  add("DEFINITION", "Of which sagas: place_order or cancel_order", [request](const std::string& v) {
    request->mutable_step()->set_definition(v);
  })->required();
  add("STEP", "Which step", [request](const std::string& v) {
    request->mutable_step()->set_step(v);
  })->required();
  AddRecordedActionOptions(
      *command, *request->mutable_repair(), "Why; recorded",
      "Only say whether it is possible, and which commands and how many sagas it is about");
  command->callback([&session, request, method] {
    session.SetAction([&session, request, method] {
      order::v1::StepRepair& asked = *request->mutable_repair();
      asked.set_actor(session.ActorOr(asked.actor()));
      if (asked.request_id().empty()) {
        asked.set_request_id(NewId());
      }
      const auto action = Call(*Stub(session), method, *request, session.timeout());
      if (!action.ok()) {
        return session.Fail(action.status(), asked.request_id());
      }
      return session.Show(*action, [&] { return StepActionText(*action); });
    });
  });
}

void AddLog(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ListStepActionsRequest>();
  CLI::App* command =
      group.add_subcommand("log", "What is paused, and what was done by whom, newest first");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page = Call(*Stub(session), &StepAdminService::Stub::ListStepActions, *request,
                             session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] {
        return StepLogText(*page, session.terminal()) + NextPageText(page->next_page_token());
      });
    });
  });
}

}  // namespace

void AddStepCommands(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("step", "Pause and resume one step in all sagas");
  group->require_subcommand(1);
  AddAction<PauseStepRequest>(*group, session, "pause",
                              "Send nothing of a step, in the sagas to come too",
                              &StepAdminService::Stub::PauseStep);
  AddAction<ResumeStepRequest>(*group, session, "resume",
                               "Let a step go on; those that wait do within a minute, after a long "
                               "pause within a quarter of an hour",
                               &StepAdminService::Stub::ResumeStep);
  AddLog(*group, session);
}

}  // namespace orderflow::orderctl
