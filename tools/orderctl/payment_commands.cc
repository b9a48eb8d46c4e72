#include "tools/orderctl/payment_commands.h"

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/reconcile_commands.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using payment::v1::Payment;
using payment::v1::PaymentService;

std::unique_ptr<PaymentService::Stub> Stub(const Session& session) {
  return PaymentService::NewStub(session.Connect(session.addresses().payment));
}

std::string StateName(payment::v1::PaymentState state) {
  return ShortName(payment::v1::PaymentState_Name(state), "PAYMENT_STATE_");
}

std::string PaymentText(const Payment& payment, const Terminal& terminal) {
  const std::string state = StateName(payment.state());
  std::string text =
      fmt::format("payment   {}\ncustomer  {}\nstate     {}\namount    {}\n", payment.order_id(),
                  payment.customer_id(), terminal.Paint(ColourOfState(state), state),
                  MoneyText(payment.amount()));
  if (!payment.decline_code().empty()) {
    text += fmt::format("declined  {}\n", payment.decline_code());
  }
  Table table({"OPERATION", "STATE", "ATTEMPTS", "PROVIDER REFERENCE", "UPDATED", "LAST ERROR"});
  for (const payment::v1::PaymentOperation& operation : payment.operations()) {
    table.AddRow(
        {ShortName(payment::v1::OperationKind_Name(operation.kind()), "OPERATION_KIND_"),
         ShortName(payment::v1::OperationState_Name(operation.state()), "OPERATION_STATE_"),
         std::to_string(operation.attempts()), operation.provider_reference(),
         TimeText(operation.update_time()), operation.last_error()});
  }
  return text + table.Render(terminal, "no operations");
}

std::string PaymentsText(const payment::v1::ListPaymentsResponse& page, const Terminal& terminal) {
  Table table({"ORDER", "CUSTOMER", "STATE", "AMOUNT", "CREATED", "DECLINED"});
  for (const Payment& payment : page.payments()) {
    table.AddRow({payment.order_id(), payment.customer_id(), StateName(payment.state()),
                  MoneyText(payment.amount()), TimeText(payment.create_time()),
                  payment.decline_code()});
  }
  return table.Render(terminal, "no payments") + NextPageText(page.next_page_token());
}

void AddGet(CLI::App& group, Session& session) {
  auto request = std::make_shared<payment::v1::GetPaymentRequest>();
  CLI::App* command = group.add_subcommand("get", "Show the payment of one order");
  command
      ->add_option_function<std::string>(
          "ORDER_ID", [request](const std::string& id) { request->set_order_id(id); })
      ->required();
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto payment =
          Call(*Stub(session), &PaymentService::Stub::GetPayment, *request, session.timeout());
      if (!payment.ok()) {
        return session.Fail(payment.status());
      }
      return session.Show(*payment, [&] { return PaymentText(*payment, session.terminal()); });
    });
  });
}

void AddList(CLI::App& group, Session& session) {
  auto request = std::make_shared<payment::v1::ListPaymentsRequest>();
  auto state = std::make_shared<std::string>();
  CLI::App* command = group.add_subcommand("list", "List payments, newest first");
  command->add_option_function<std::string>(
      "--customer", [request](const std::string& id) { request->set_customer_id(id); },
      "Only this customer's");
  command->add_option("--state", *state, "Only in this state")
      ->transform(CLI::IsMember(
          std::vector<std::string>{"AUTHORIZING", "AUTHORIZED", "DECLINED", "CAPTURING", "CAPTURED",
                                   "VOIDING", "VOIDED", "REFUNDING", "REFUNDED"},
          CLI::ignore_case));
  AddPageOptions(*command, request);
  command->callback([&session, request, state] {
    session.SetAction([&session, request, state] {
      payment::v1::PaymentState value{};
      payment::v1::PaymentState_Parse("PAYMENT_STATE_" + *state, &value);
      request->set_state(value);
      const auto page =
          Call(*Stub(session), &PaymentService::Stub::ListPayments, *request, session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] { return PaymentsText(*page, session.terminal()); });
    });
  });
}

}  // namespace

void AddPaymentCommands(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("payment", "Payments and their provider operations");
  group->require_subcommand(1);
  AddGet(*group, session);
  AddList(*group, session);
  AddReconcileCommands(*group, session);
}

}  // namespace orderflow::orderctl
