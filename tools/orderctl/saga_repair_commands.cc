#include "tools/orderctl/saga_repair_commands.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "orderflow/order/v1/saga_admin_service.grpc.pb.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/recorded_action_options.h"
#include "tools/orderctl/saga_repair_text.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::SagaActionKind;
using order::v1::SagaAdminService;

constexpr int kBatchSize = 100;  // orders per transaction, as many as the server takes

std::unique_ptr<SagaAdminService::Stub> Stub(const Session& session) {
  return SagaAdminService::NewStub(session.Connect(session.addresses().saga));
}

struct RepairArguments {
  order::v1::RepairSagaRequest one;
  bool all = false;  // every saga of `filter` instead
  bool yes = false;
  std::string state;
  bool paused = false;
  order::v1::ListSagasRequest filter;
};

ExitCode RepairOne(const Session& session, const RepairArguments& arguments) {
  const auto action =
      Call(*Stub(session), &SagaAdminService::Stub::RepairSaga, arguments.one, session.timeout());
  if (!action.ok()) {
    return session.Fail(action.status(), arguments.one.repair().request_id());
  }
  return session.Show(*action, [&] { return SagaActionText(*action, session.terminal()); });
}

// One page of sagas is one batch is one transaction. What a batch does to its sagas does not move
// the next page, which begins after the last saga shown.
ExitCode RepairAll(const Session& session, const RepairArguments& arguments) {
  const auto stub = Stub(session);
  const bool dry_run = arguments.one.repair().validate_only();
  order::v1::ListSagasRequest list = arguments.filter;
  list.set_page_size(kBatchSize);
  RepairTotals totals;
  do {
    const auto page = Call(*stub, &SagaAdminService::Stub::ListSagas, list, session.timeout());
    if (!page.ok()) {
      return session.Fail(page.status(), arguments.one.repair().request_id());
    }
    order::v1::BatchRepairSagasRequest batch;
    *batch.mutable_repair() = arguments.one.repair();
    std::set<std::string> distinct;
    for (const order::v1::Saga& saga : page->sagas()) {
      if (distinct.insert(saga.order_id()).second) {
        batch.add_order_ids(saga.order_id());
      }
    }
    list.set_page_token(page->next_page_token());
    if (batch.order_ids().empty()) {
      break;
    }
    const auto done =
        Call(*stub, &SagaAdminService::Stub::BatchRepairSagas, batch, session.timeout());
    if (!done.ok()) {
      return session.Fail(done.status(), arguments.one.repair().request_id());
    }
    Count(*done, totals);
    session.Show(*done, [&] { return RepairResultsText(*done, session.terminal()); });
    std::fprintf(stderr, "%s so far\n", TotalsText(totals, dry_run).c_str());
  } while (!list.page_token().empty());
  if (!session.json()) {
    std::fprintf(stdout, "%s\n", TotalsText(totals, dry_run).c_str());
  }
  return totals.refused == 0 ? kExitOk : kExitRefused;
}

ExitCode Repair(const Session& session, RepairArguments arguments) {
  arguments.one.mutable_repair()->set_actor(session.ActorOr(arguments.one.repair().actor()));
  if (arguments.one.repair().request_id().empty()) {
    arguments.one.mutable_repair()->set_request_id(NewId());
  }
  if (!arguments.all) {
    return RepairOne(session, arguments);
  }
  order::v1::SagaState state{};
  if (order::v1::SagaState_Parse("SAGA_STATE_" + arguments.state, &state)) {
    arguments.filter.set_state(state);
  }
  if (arguments.paused) {
    arguments.filter.set_hold(order::v1::SAGA_HOLD_PAUSED);
  }
  return RepairAll(session, arguments);
}

// What every action takes.
void AddRepairOptions(CLI::App& command, const std::shared_ptr<RepairArguments>& arguments) {
  AddRecordedActionOptions(command, *arguments->one.mutable_repair(),
                           "Why; recorded, and not told to the customer",
                           "Only say what would be sent and changed");
}

CLI::Option* AddOrderOption(CLI::App& command, const std::shared_ptr<RepairArguments>& arguments) {
  command.add_option_function<int64_t>(
      "--expected-version",
      [arguments](int64_t version) { arguments->one.set_expected_version(version); },
      "Refuse unless the saga is still at this version (saga get shows it)");
  return command.add_option_function<std::string>(
      "ORDER_ID", [arguments](const std::string& id) { arguments->one.set_order_id(id); });
}

// Every saga of a filter instead of one order. Returns what checks that one of the two is given.
std::function<void()> AddBulkOptions(CLI::App& command,
                                     const std::shared_ptr<RepairArguments>& arguments,
                                     CLI::Option* order) {
  CLI::Option* all = command.add_flag("--all", arguments->all,
                                      "Every saga that --state, --step, --age-min and --paused "
                                      "leave, a hundred per transaction; needs --yes or "
                                      "--dry-run");
  all->excludes(order)->excludes(command.get_option("--expected-version"));
  command.add_flag("--yes", arguments->yes, "With --all: really all of them")->needs(all);
  CLI::Option* state =
      command.add_option("--state", arguments->state, "With --all: only in this state")
          ->transform(
              CLI::IsMember(std::vector<std::string>{"RUNNING", "COMPENSATING", "NEEDS_ATTENTION"},
                            CLI::ignore_case))
          ->needs(all);
  CLI::Option* step =
      command
          .add_option_function<std::string>(
              "--step", [arguments](const std::string& name) { arguments->filter.set_step(name); },
              "With --all: only with this step under way")
          ->needs(all);
  command
      .add_option_function<int64_t>(
          "--age-min",
          [arguments](int64_t seconds) {
            arguments->filter.mutable_age_min()->set_seconds(seconds);
          },
          "With --all: only those that began at least so many seconds ago")
      ->needs(all);
  CLI::Option* paused =
      command.add_flag("--paused", arguments->paused, "With --all: only paused ones")->needs(all);
  return [arguments, order, all, state, step, paused] {
    if (order->count() + all->count() != 1) {
      throw CLI::ValidationError("give either an ORDER_ID or --all");
    }
    if (all->count() == 1 && state->count() + step->count() + paused->count() == 0) {
      throw CLI::ValidationError("--all needs --state, --step or --paused");
    }
    if (arguments->all && !arguments->yes && !arguments->one.repair().validate_only()) {
      throw CLI::ValidationError("--all needs --yes; see first what --dry-run says");
    }
  };
}

// Returns the command and what it will send, for options of its own.
std::pair<CLI::App*, std::shared_ptr<RepairArguments>> AddAction(CLI::App& group, Session& session,
                                                                 const std::string& name,
                                                                 SagaActionKind kind,
                                                                 const std::string& help) {
  auto arguments = std::make_shared<RepairArguments>();
  arguments->one.mutable_repair()->set_kind(kind);
  CLI::App* command = group.add_subcommand(name, help);
  const auto check = AddBulkOptions(*command, arguments, AddOrderOption(*command, arguments));
  AddRepairOptions(*command, arguments);
  command->callback([&session, arguments, check] {
    check();
    session.SetAction([&session, arguments] { return Repair(session, *arguments); });
  });
  return {command, arguments};
}

void AddSkip(CLI::App& group, Session& session) {
  auto arguments = std::make_shared<RepairArguments>();
  order::v1::SagaRepair& repair = *arguments->one.mutable_repair();
  repair.set_kind(order::v1::SAGA_ACTION_KIND_SKIP);
  CLI::App* command = group.add_subcommand(
      "skip", "Take a stuck step as done; only when its participant's own state proves it");
  AddOrderOption(*command, arguments)->required();
  command
      ->add_option_function<std::string>(
          "STEP", [&repair](const std::string& step) { repair.set_step(step); })
      ->required();
  command
      ->add_option_function<std::string>(
          "--evidence", [&repair](const std::string& evidence) { repair.set_evidence(evidence); },
          "How you know that it was done; recorded")
      ->required();
  AddRepairOptions(*command, arguments);
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] { return Repair(session, *arguments); });
  });
}

void AddMigrate(CLI::App& group, Session& session) {
  const auto added =
      AddAction(group, session, "migrate", order::v1::SAGA_ACTION_KIND_MIGRATE,
                "Move a saga to another version of its definition, where what has begun allows it");
  added.first
      ->add_option_function<int>(
          "--to-version",
          [arguments = added.second](int version) {
            arguments->one.mutable_repair()->set_to_version(version);
          },
          "The version to move to")
      ->required();
}

void AddLog(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ListSagaActionsRequest>();
  CLI::App* command = group.add_subcommand("log", "What was done to sagas by whom, newest first");
  command->add_option_function<std::string>(
      "ORDER_ID", [request](const std::string& id) { request->set_order_id(id); },
      "Only to this order's");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page = Call(*Stub(session), &SagaAdminService::Stub::ListSagaActions, *request,
                             session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] {
        return SagaActionsText(*page, session.terminal()) + NextPageText(page->next_page_token());
      });
    });
  });
}

}  // namespace

void AddSagaRepairCommands(CLI::App& group, Session& session) {
  AddAction(group, session, "retry", order::v1::SAGA_ACTION_KIND_RETRY,
            "Send the commands of stuck steps again now, with fresh attempts");
  AddSkip(group, session);
  AddAction(group, session, "compensate", order::v1::SAGA_ACTION_KIND_COMPENSATE,
            "Undo what was done, before the pivot; the order ends as REJECTED");
  AddAction(group, session, "pause", order::v1::SAGA_ACTION_KIND_PAUSE,
            "Have a saga take answers in and send nothing");
  AddAction(group, session, "resume", order::v1::SAGA_ACTION_KIND_RESUME,
            "Let a paused saga go on");
  AddAction(group, session, "park", order::v1::SAGA_ACTION_KIND_PARK,
            "Hold a saga as NEEDS_ATTENTION until it is unparked");
  AddAction(group, session, "unpark", order::v1::SAGA_ACTION_KIND_UNPARK,
            "Let a saga go on that a person has parked");
  AddMigrate(group, session);
  AddLog(group, session);
}

}  // namespace orderflow::orderctl
