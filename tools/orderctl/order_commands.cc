#include "tools/orderctl/order_commands.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "tools/orderctl/follow_order.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/order_item_argument.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/report.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::Order;
using order::v1::OrderService;

std::unique_ptr<OrderService::Stub> Stub(const Session& session) {
  return OrderService::NewStub(session.Connect(session.addresses().order));
}

ExitCode ShowOrder(const Session& session, const absl::StatusOr<Order>& order) {
  if (!order.ok()) {
    return session.Fail(order.status());
  }
  return session.Show(*order, [&] { return OrderText(*order, session.terminal()); });
}

struct CreateArguments {
  std::string customer = "demo-customer";
  std::vector<std::string> items;
  std::string token = "tok_approve";
  std::string email = "customer@example.com";
  std::string currency = "EUR";
  std::string request_id;
  bool wait = false;
};

ExitCode Create(const Session& session, const CreateArguments& arguments) {
  order::v1::CreateOrderRequest request;
  request.set_request_id(arguments.request_id.empty() ? NewId() : arguments.request_id);
  request.set_customer_id(arguments.customer);
  request.set_payment_method_token(arguments.token);
  request.set_email(arguments.email);
  request.set_currency_code(arguments.currency);
  for (const std::string& item : arguments.items) {
    absl::StatusOr<order::v1::OrderItem> parsed = ParseOrderItem(item);
    if (!parsed.ok()) {
      session.Fail(parsed.status());
      return kExitUsage;
    }
    *request.add_items() = *std::move(parsed);
  }
  const auto stub = Stub(session);
  absl::StatusOr<Order> order =
      Call(*stub, &OrderService::Stub::CreateOrder, request, session.timeout());
  if (!order.ok()) {
    return session.Fail(order.status(), request.request_id());
  }
  if (arguments.wait) {
    const auto ignore = [](const order::v1::OrderStateChange&) {};
    const absl::Status followed =
        FollowOrder(*stub, order->order_id(), 0, session.timeout(), ignore);
    if (!followed.ok()) {
      return session.Fail(followed);
    }
    order::v1::GetOrderRequest get;
    get.set_order_id(order->order_id());
    order = Call(*stub, &OrderService::Stub::GetOrder, get, session.timeout());
  }
  return ShowOrder(session, order);
}

void AddCreate(CLI::App& group, Session& session) {
  auto arguments = std::make_shared<CreateArguments>();
  CLI::App* command = group.add_subcommand("create", "Place an order");
  command->add_option("--customer", arguments->customer, "Customer id")->capture_default_str();
  command->add_option("--item", arguments->items, "SKU or SKU=QUANTITY; repeat for more lines")
      ->required();
  command
      ->add_option("--token", arguments->token,
                   "Payment method token; the simulator knows tok_approve, tok_decline_<code>, "
                   "tok_slow, tok_fail_<n>, tok_timeout, tok_lapse")
      ->capture_default_str();
  command->add_option("--email", arguments->email, "Where notifications go")->capture_default_str();
  command->add_option("--currency", arguments->currency, "ISO 4217 code")->capture_default_str();
  command->add_option("--request-id", arguments->request_id,
                      "UUID of this request; give it to repeat an attempt safely");
  command->add_flag("--wait", arguments->wait, "Wait until the order is at rest");
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] { return Create(session, *arguments); });
  });
}

void AddGet(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::GetOrderRequest>();
  CLI::App* command = group.add_subcommand("get", "Show one order");
  command
      ->add_option_function<std::string>(
          "ORDER_ID", [request](const std::string& id) { request->set_order_id(id); })
      ->required();
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      return ShowOrder(session, Call(*Stub(session), &OrderService::Stub::GetOrder, *request,
                                     session.timeout()));
    });
  });
}

struct ListArguments {
  std::string customer;
  std::string state;
  int page_size = 0;
  std::string page_token;
};

ExitCode List(const Session& session, const ListArguments& arguments) {
  order::v1::ListOrdersRequest request;
  request.set_customer_id(arguments.customer);
  request.set_page_size(arguments.page_size);
  request.set_page_token(arguments.page_token);
  if (!arguments.state.empty()) {
    order::v1::OrderState state{};
    order::v1::OrderState_Parse("ORDER_STATE_" + arguments.state, &state);
    request.set_state(state);
  }
  const auto page =
      Call(*Stub(session), &OrderService::Stub::ListOrders, request, session.timeout());
  if (!page.ok()) {
    return session.Fail(page.status());
  }
  return session.Show(*page, [&] { return OrdersText(*page, session.terminal()); });
}

void AddList(CLI::App& group, Session& session) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* command = group.add_subcommand("list", "List orders, newest first");
  command->add_option("--customer", arguments->customer, "Only this customer's");
  command->add_option("--state", arguments->state, "Only in this state")
      ->transform(CLI::IsMember(
          std::vector<std::string>{"PENDING", "CONFIRMED", "REJECTED", "CANCELLING", "CANCELLED"},
          CLI::ignore_case));
  command->add_option("--page-size", arguments->page_size, "At most so many; 0: the default");
  command->add_option("--page-token", arguments->page_token, "Where the page before ended");
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] { return List(session, *arguments); });
  });
}

void AddCancel(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::CancelOrderRequest>();
  request->set_reason("changed my mind");
  CLI::App* command =
      group.add_subcommand("cancel", "Cancel an order, under way or already confirmed");
  command
      ->add_option_function<std::string>(
          "ORDER_ID", [request](const std::string& id) { request->set_order_id(id); })
      ->required();
  command->add_option_function<std::string>(
      "--reason", [request](const std::string& reason) { request->set_reason(reason); },
      "Why, for people");
  command->add_option_function<std::string>(
      "--request-id", [request](const std::string& id) { request->set_request_id(id); },
      "UUID of this request; give it to repeat an attempt safely");
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      if (request->request_id().empty()) {
        request->set_request_id(NewId());
      }
      const auto order =
          Call(*Stub(session), &OrderService::Stub::CancelOrder, *request, session.timeout());
      return order.ok() ? ShowOrder(session, order)
                        : session.Fail(order.status(), request->request_id());
    });
  });
}

void AddWatch(CLI::App& group, Session& session) {
  struct Arguments {
    std::string order_id;
    int64_t after_sequence = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = group.add_subcommand(
      "watch",
      "Show every state change until the order is at rest; a broken stream is resumed within "
      "--timeout. With --json one document per change and line");
  command->add_option("ORDER_ID", arguments->order_id)->required();
  command->add_option("--after", arguments->after_sequence,
                      "Only changes with a greater sequence number");
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] {
      const auto show = [&session](const order::v1::OrderStateChange& change) {
        session.Show(change, [&] { return StateChangeText(change, session.terminal()); });
      };
      const absl::Status status = FollowOrder(*Stub(session), arguments->order_id,
                                              arguments->after_sequence, session.timeout(), show);
      return status.ok() ? kExitOk : session.Fail(status);
    });
  });
}

}  // namespace

void AddOrderCommands(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("order", "Place, show, follow and cancel orders");
  group->require_subcommand(1);
  AddCreate(*group, session);
  AddGet(*group, session);
  AddList(*group, session);
  AddCancel(*group, session);
  AddWatch(*group, session);
}

}  // namespace orderflow::orderctl
