#include "tools/orderctl/notification_commands.h"

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "orderflow/notification/v1/notification_service.grpc.pb.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using notification::v1::ListNotificationsRequest;
using notification::v1::NotificationService;

std::string NotificationsText(const notification::v1::ListNotificationsResponse& page,
                              const Terminal& terminal) {
  Table table(
      {"ORDER", "EVENT", "CHANNEL", "RECIPIENT", "STATE", "ATTEMPTS", "UPDATED", "LAST ERROR"});
  for (const notification::v1::Notification& item : page.notifications()) {
    table.AddRow(
        {item.order_id(), item.event(),
         ShortName(notification::v1::Channel_Name(item.channel()), "CHANNEL_"), item.recipient(),
         ShortName(notification::v1::NotificationState_Name(item.state()), "NOTIFICATION_STATE_"),
         std::to_string(item.attempts()), TimeText(item.update_time()), item.last_error()});
  }
  return table.Render(terminal, "no notifications") + NextPageText(page.next_page_token());
}

ExitCode List(const Session& session, ListNotificationsRequest request, const std::string& state) {
  notification::v1::NotificationState value{};
  notification::v1::NotificationState_Parse("NOTIFICATION_STATE_" + state, &value);
  request.set_state(value);
  const auto stub = NotificationService::NewStub(session.Connect(session.addresses().notification));
  const auto page =
      Call(*stub, &NotificationService::Stub::ListNotifications, request, session.timeout());
  if (!page.ok()) {
    return session.Fail(page.status());
  }
  return session.Show(*page, [&] { return NotificationsText(*page, session.terminal()); });
}

}  // namespace

void AddNotificationCommands(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("notification", "What was sent to customers");
  group->require_subcommand(1);
  auto request = std::make_shared<ListNotificationsRequest>();
  auto state = std::make_shared<std::string>();
  CLI::App* command = group->add_subcommand("list", "List notifications, newest first");
  command->add_option_function<std::string>(
      "--order", [request](const std::string& id) { request->set_order_id(id); },
      "Only of this order");
  command->add_option_function<std::string>(
      "--customer", [request](const std::string& id) { request->set_customer_id(id); },
      "Only of this customer");
  command->add_option("--state", *state, "Only in this state")
      ->transform(CLI::IsMember(std::vector<std::string>{"PENDING", "SENDING", "SENT", "PARKED"},
                                CLI::ignore_case));
  AddPageOptions(*command, request);
  command->callback([&session, request, state] {
    session.SetAction([&session, request, state] { return List(session, *request, *state); });
  });
}

}  // namespace orderflow::orderctl
