#include "tools/orderctl/saga_commands.h"

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "orderflow/order/v1/saga_admin_service.grpc.pb.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/saga_repair_commands.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::Saga;
using order::v1::SagaAdminService;

std::unique_ptr<SagaAdminService::Stub> Stub(const Session& session) {
  return SagaAdminService::NewStub(session.Connect(session.addresses().saga));
}

std::string StateName(order::v1::SagaState state) {
  return ShortName(order::v1::SagaState_Name(state), "SAGA_STATE_");
}

std::string StepStateName(order::v1::SagaStepState state) {
  return ShortName(order::v1::SagaStepState_Name(state), "SAGA_STEP_STATE_");
}

// PAUSED or PARKED; empty when nobody holds it.
std::string HoldName(const Saga& saga) {
  return saga.hold() == order::v1::SAGA_HOLD_PAUSED || saga.hold() == order::v1::SAGA_HOLD_PARKED
             ? ShortName(order::v1::SagaHold_Name(saga.hold()), "SAGA_HOLD_")
             : "";
}

std::string SagaText(const Saga& saga, const Terminal& terminal) {
  const std::string state = StateName(saga.state());
  std::string text = fmt::format(
      "saga      {}\norder     {}\nkind      {} v{}\nstate     {}\nstarted   {}\nupdated   {}\n",
      saga.saga_id(), saga.order_id(), saga.definition(), saga.definition_version(),
      terminal.Paint(ColourOfState(state), state), TimeText(saga.create_time()),
      TimeText(saga.update_time()));
  text += fmt::format("version   {}\n", saga.version());
  if (const std::string hold = HoldName(saga); !hold.empty()) {
    text += fmt::format("held      {}\n", hold);
  }
  if (saga.has_next_action_time()) {
    text += fmt::format("acts next {}\n", TimeText(saga.next_action_time()));
  }
  Table table({"STEP", "STATE", "ATTEMPTS", "NEXT ACTION", "LAST ERROR"});
  for (const order::v1::SagaStep& step : saga.steps()) {
    table.AddRow({step.name(), StepStateName(step.state()), std::to_string(step.attempts()),
                  TimeText(step.next_action_time()), step.last_error()});
  }
  return text + table.Render(terminal, "no steps");
}

std::string SagasText(const order::v1::ListSagasResponse& page, const Terminal& terminal) {
  Table table({"SAGA", "ORDER", "KIND", "STATE", "HELD", "STEPS", "STARTED", "NEXT ACTION"});
  for (const Saga& saga : page.sagas()) {
    std::string steps;
    for (const order::v1::SagaStep& step : saga.steps()) {
      steps += fmt::format("{}{}={}", steps.empty() ? "" : " ", step.name(),
                           StepStateName(step.state()));
    }
    table.AddRow({saga.saga_id(), saga.order_id(), saga.definition(), StateName(saga.state()),
                  HoldName(saga), steps, TimeText(saga.create_time()),
                  TimeText(saga.next_action_time())});
  }
  return table.Render(terminal, "no sagas") + NextPageText(page.next_page_token());
}

std::string ExplanationText(const order::v1::SagaExplanation& explanation,
                            const Terminal& terminal) {
  Table table({"FACT", "STEP", "SINCE", "AT", "WHAT"});
  for (const order::v1::SagaFact& fact : explanation.facts()) {
    table.AddRow({ShortName(order::v1::SagaFactKind_Name(fact.kind()), "SAGA_FACT_KIND_"),
                  fact.step(), TimeText(fact.since_time()), TimeText(fact.due_time()),
                  fact.text()});
  }
  return table.Render(terminal, "no facts");
}

void AddExplain(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ExplainSagaRequest>();
  CLI::App* command = group.add_subcommand(
      "explain",
      "Say what an order waits for, since when, what happens next, and what a person can do");
  command
      ->add_option_function<std::string>(
          "ORDER_ID", [request](const std::string& id) { request->set_order_id(id); })
      ->required();
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto explanation =
          Call(*Stub(session), &SagaAdminService::Stub::ExplainSaga, *request, session.timeout());
      if (!explanation.ok()) {
        return session.Fail(explanation.status());
      }
      return session.Show(*explanation,
                          [&] { return ExplanationText(*explanation, session.terminal()); });
    });
  });
}

void AddGet(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::GetSagaRequest>();
  CLI::App* command =
      group.add_subcommand("get", "Show one saga, or with --order the latest of an order");
  CLI::Option* by_saga = command->add_option_function<std::string>(
      "SAGA_ID", [request](const std::string& id) { request->set_saga_id(id); });
  command
      ->add_option_function<std::string>(
          "--order", [request](const std::string& id) { request->set_order_id(id); }, "Order id")
      ->excludes(by_saga);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto saga =
          Call(*Stub(session), &SagaAdminService::Stub::GetSaga, *request, session.timeout());
      if (!saga.ok()) {
        return session.Fail(saga.status());
      }
      return session.Show(*saga, [&] { return SagaText(*saga, session.terminal()); });
    });
  });
}

ExitCode List(const Session& session, order::v1::ListSagasRequest request,
              const std::string& state) {
  order::v1::SagaState value{};
  order::v1::SagaState_Parse("SAGA_STATE_" + state, &value);
  request.set_state(value);
  const auto page =
      Call(*Stub(session), &SagaAdminService::Stub::ListSagas, request, session.timeout());
  if (!page.ok()) {
    return session.Fail(page.status());
  }
  return session.Show(*page, [&] { return SagasText(*page, session.terminal()); });
}

void AddList(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ListSagasRequest>();
  auto state = std::make_shared<std::string>();
  CLI::App* command = group.add_subcommand("list", "List sagas, oldest first");
  command->add_option("--state", *state, "Only in this state")
      ->transform(CLI::IsMember(std::vector<std::string>{"RUNNING", "COMPENSATING", "COMPLETED",
                                                         "COMPENSATED", "NEEDS_ATTENTION"},
                                CLI::ignore_case));
  command->add_option_function<int64_t>(
      "--age-min", [request](int64_t seconds) { request->mutable_age_min()->set_seconds(seconds); },
      "Only those that began at least so many seconds ago");
  command->add_option_function<std::string>(
      "--step", [request](const std::string& step) { request->set_step(step); },
      "Only those with this step under way");
  command->add_flag_callback(
      "--paused", [request] { request->set_hold(order::v1::SAGA_HOLD_PAUSED); },
      "Only those that a person has paused");
  AddPageOptions(*command, request);
  command->callback([&session, request, state] {
    session.SetAction([&session, request, state] { return List(session, *request, *state); });
  });
}

}  // namespace

void AddSagaCommands(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("saga", "What sagas are doing, and how they are repaired");
  group->require_subcommand(1);
  AddGet(*group, session);
  AddList(*group, session);
  AddExplain(*group, session);
  AddSagaRepairCommands(*group, session);
}

}  // namespace orderflow::orderctl
