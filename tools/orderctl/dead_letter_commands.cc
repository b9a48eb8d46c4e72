#include "tools/orderctl/dead_letter_commands.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "tools/orderctl/dead_letter_filter.h"
#include "tools/orderctl/dead_letter_settle_commands.h"
#include "tools/orderctl/dead_letter_text.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::DeadLetterAdminService;

constexpr int kPageSizeDefault = 50;  // as the server's

ExitCode List(const Session& session, order::v1::ListDeadLettersRequest request,
              const std::string& state) {
  order::v1::DeadLetterState value{};
  if (order::v1::DeadLetterState_Parse("DEAD_LETTER_STATE_" + state, &value)) {
    request.mutable_filter()->set_state(value);
  }
  const int limit = request.page_size() > 0 ? request.page_size() : kPageSizeDefault;
  order::v1::ListDeadLettersResponse found;
  const auto next = TakeDeadLetters(
      session, std::move(request), limit,
      [&found](const order::v1::ListDeadLettersResponse& page) { found.MergeFrom(page); });
  if (!next.ok()) {
    return session.Fail(next.status());
  }
  found.set_next_page_token(*next);
  return session.Show(found, [&] {
    return DeadLettersText(found, session.terminal()) + NextPageText(found.next_page_token());
  });
}

void AddList(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ListDeadLettersRequest>();
  auto state = std::make_shared<std::string>("OPEN");
  CLI::App* command =
      group.add_subcommand("list", "List dead letters by queue, partition and offset");
  command->add_option("--state", *state, "Only in this state")
      ->transform(CLI::IsMember(std::vector<std::string>{"OPEN", "REDRIVEN", "DISCARDED", "ANY"},
                                CLI::ignore_case))
      ->capture_default_str();
  command->add_option_function<std::string>(
      "--order", [request](const std::string& id) { request->mutable_filter()->set_key(id); },
      "Only of this order");
  AddFilterOptions(*command, request);
  AddPageOptions(*command, request);
  command->callback([&session, request, state] {
    session.SetAction([&session, request, state] { return List(session, *request, *state); });
  });
}

ExitCode ShowOne(const Session& session, const std::string& name) {
  order::v1::GetDeadLetterRequest request;
  // What it is not was refused by the command's check.
  *request.mutable_id() = ParseDeadLetterName(name).value_or(order::v1::DeadLetterId());
  const auto letter = Call(*DeadLetterStub(session), &DeadLetterAdminService::Stub::GetDeadLetter,
                           request, session.timeout());
  if (!letter.ok()) {
    return session.Fail(letter.status());
  }
  return session.Show(*letter, [&] { return DeadLetterText(*letter, session.terminal()); });
}

void AddShow(CLI::App& group, Session& session) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = group.add_subcommand(
      "show", "Show one dead letter: where it came from, why it is one, and its value");
  AddDeadLetterArgument(*command, *name);
  command->callback([&session, name] {
    session.SetAction([&session, name] { return ShowOne(session, *name); });
  });
}

void AddLog(CLI::App& group, Session& session) {
  auto request = std::make_shared<order::v1::ListDeadLetterActionsRequest>();
  CLI::App* command =
      group.add_subcommand("log", "What was done to dead letters by whom, newest first");
  command->add_option_function<std::string>(
      "ORDER_ID", [request](const std::string& id) { request->set_key(id); },
      "Only to this order's");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page =
          Call(*DeadLetterStub(session), &DeadLetterAdminService::Stub::ListDeadLetterActions,
               *request, session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] {
        return DeadLetterActionsText(*page, session.terminal()) +
               NextPageText(page->next_page_token());
      });
    });
  });
}

}  // namespace

void AddDeadLetterCommands(CLI::App& app, Session& session) {
  CLI::App* group =
      app.add_subcommand("dlq", "Records that could not be handled, and what to do about them");
  group->require_subcommand(1);
  AddList(*group, session);
  AddShow(*group, session);
  AddDeadLetterSettleCommands(*group, session);
  AddLog(*group, session);
}

}  // namespace orderflow::orderctl
