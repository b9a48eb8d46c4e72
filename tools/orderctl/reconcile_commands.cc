#include "tools/orderctl/reconcile_commands.h"

#include <algorithm>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/recorded_action_options.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/table.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using payment::v1::PaymentService;
using payment::v1::ReconcilePaymentsRequest;
using payment::v1::ReconcilePaymentsResponse;

std::unique_ptr<PaymentService::Stub> Stub(const Session& session) {
  return PaymentService::NewStub(session.Connect(session.addresses().payment));
}

std::string ClassName(payment::v1::DifferenceClass difference) {
  return ShortName(payment::v1::DifferenceClass_Name(difference), "DIFFERENCE_CLASS_");
}

std::string KindName(payment::v1::OperationKind kind) {
  return ShortName(payment::v1::OperationKind_Name(kind), "OPERATION_KIND_");
}

int64_t CountOf(const ReconcilePaymentsResponse& run, payment::v1::DifferenceClosure closure) {
  return std::count_if(run.differences().begin(), run.differences().end(),
                       [closure](const payment::v1::ReconciliationDifference& difference) {
                         return difference.closure() == closure;
                       });
}

std::string RunText(const ReconcilePaymentsResponse& run, const Terminal& terminal) {
  Table table({"PAYMENT", "CLASS", "KIND", "RULE", "CLOSURE", "REASON", "CHANGES AND SENDS"});
  for (const auto& difference : run.differences()) {
    table.AddRow({difference.payment_reference(), ClassName(difference.difference_class()),
                  KindName(difference.kind()), difference.remedy(),
                  ShortName(payment::v1::DifferenceClosure_Name(difference.closure()),
                            "DIFFERENCE_CLOSURE_"),
                  difference.reason(), difference.effects()});
  }
  return table.Render(terminal, "no differences") +
         fmt::format("payments compared: {}; closed: {}, planned: {}, waiting: {}, parked: {}\n",
                     run.payments_compared(), CountOf(run, payment::v1::DIFFERENCE_CLOSURE_CLOSED),
                     CountOf(run, payment::v1::DIFFERENCE_CLOSURE_PLANNED),
                     CountOf(run, payment::v1::DIFFERENCE_CLOSURE_WAITING),
                     CountOf(run, payment::v1::DIFFERENCE_CLOSURE_PARKED));
}

// A whole run, stretch by stretch. Each has the session's timeout.
absl::StatusOr<ReconcilePaymentsResponse> WholeRun(const Session& session,
                                                   ReconcilePaymentsRequest request) {
  const auto stub = Stub(session);
  ReconcilePaymentsResponse run;
  do {
    auto stretch =
        Call(*stub, &PaymentService::Stub::ReconcilePayments, request, session.timeout());
    if (!stretch.ok()) {
      return stretch.status();
    }
    run.set_payments_compared(run.payments_compared() + stretch->payments_compared());
    run.mutable_differences()->MergeFrom(stretch->differences());
    request.set_page_token(stretch->next_page_token());
  } while (!request.page_token().empty());
  return run;
}

void AddReconcile(CLI::App& group, Session& session) {
  auto request = std::make_shared<ReconcilePaymentsRequest>();
  CLI::App* command = group.add_subcommand(
      "reconcile",
      "Compare payments and ledger with the provider's books, close what a rule closes and park "
      "the rest; exit code 1 when anything is parked");
  CLI::Option* dry_run = command->add_flag_callback(
      "--dry-run", [request] { request->set_validate_only(true); },
      "Only say what would be changed and sent; needs no --reason");
  payment::v1::ReconciliationRepair& repair = *request->mutable_repair();
  CLI::Option* reason =
      AddReasonOption(*command, repair, "Why; recorded with everything that the run closes");
  AddActorOption(*command, repair);
  command->callback([&session, request, dry_run, reason] {
    if (dry_run->count() == 0 && reason->count() == 0) {
      throw CLI::ValidationError("give --reason, or --dry-run");
    }
    session.SetAction([&session, request] {
      payment::v1::ReconciliationRepair& asked = *request->mutable_repair();
      asked.set_request_id(NewId());
      asked.set_actor(session.ActorOr(asked.actor()));
      const auto run = WholeRun(session, *request);
      if (!run.ok()) {
        return session.Fail(run.status());
      }
      const ExitCode shown = session.Show(*run, [&] { return RunText(*run, session.terminal()); });
      const bool parked = CountOf(*run, payment::v1::DIFFERENCE_CLOSURE_PARKED) > 0;
      return parked ? kExitRefused : shown;
    });
  });
}

std::string FindingsText(const payment::v1::ListReconciliationFindingsResponse& page,
                         const Terminal& terminal) {
  Table table(
      {"FINDING", "PAYMENT", "CLASS", "KIND", "FIRST SEEN", "LAST SEEN", "CLOSED", "REASON"});
  for (const auto& finding : page.findings()) {
    table.AddRow({finding.finding_id(), finding.payment_reference(),
                  ClassName(finding.difference_class()), KindName(finding.kind()),
                  TimeText(finding.first_seen_time()), TimeText(finding.last_seen_time()),
                  finding.has_close_time() ? TimeText(finding.close_time()) : "",
                  finding.reason()});
  }
  return table.Render(terminal, "no findings") + NextPageText(page.next_page_token());
}

void AddFindings(CLI::App& group, Session& session) {
  auto request = std::make_shared<payment::v1::ListReconciliationFindingsRequest>();
  CLI::App* command = group.add_subcommand(
      "findings", "List differences to the provider's books that wait for a person, newest first");
  command->add_flag_callback(
      "--with-closed", [request] { request->set_with_closed(true); }, "Closed ones too");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page = Call(*Stub(session), &PaymentService::Stub::ListReconciliationFindings,
                             *request, session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] { return FindingsText(*page, session.terminal()); });
    });
  });
}

std::string ActionsText(const payment::v1::ListReconciliationActionsResponse& page,
                        const Terminal& terminal) {
  Table table(
      {"TIME", "PAYMENT", "CLASS", "KIND", "RULE", "WHO", "WHY", "DIFFERENCE", "CHANGED AND SENT"});
  for (const auto& action : page.actions()) {
    table.AddRow({TimeText(action.create_time()), action.payment_reference(),
                  ClassName(action.difference_class()), KindName(action.kind()), action.remedy(),
                  action.repair().actor(), action.repair().reason(), action.difference(),
                  action.effects()});
  }
  return table.Render(terminal, "no actions") + NextPageText(page.next_page_token());
}

void AddActions(CLI::App& group, Session& session) {
  auto request = std::make_shared<payment::v1::ListReconciliationActionsRequest>();
  CLI::App* command = group.add_subcommand(
      "actions", "What the reconciler has done for whom and why, newest first");
  command->add_option_function<std::string>(
      "ORDER_ID", [request](const std::string& id) { request->set_payment_reference(id); },
      "Only to this order's payment");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page = Call(*Stub(session), &PaymentService::Stub::ListReconciliationActions,
                             *request, session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] { return ActionsText(*page, session.terminal()); });
    });
  });
}

}  // namespace

void AddReconcileCommands(CLI::App& payment, Session& session) {
  AddReconcile(payment, session);
  AddFindings(payment, session);
  AddActions(payment, session);
}

}  // namespace orderflow::orderctl
