#include "tools/orderctl/dead_letter_settle_commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "tools/orderctl/dead_letter_filter.h"
#include "tools/orderctl/dead_letter_text.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/recorded_action_options.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::DeadLetterActionKind;
using order::v1::DeadLetterAdminService;
using order::v1::DeadLetterId;

constexpr int kBatchSizeMax = 100;  // dead letters per transaction, as many as the server takes

struct SettleArguments {
  order::v1::DeadLetterSettlement settlement;
  std::vector<std::string> names;
  bool all = false;  // every open one of `filter` instead
  bool yes = false;
  int per_second_max = 0;  // 0: as quickly as it goes
  std::shared_ptr<order::v1::ListDeadLettersRequest> filter =
      std::make_shared<order::v1::ListDeadLettersRequest>();
};

CLI::Validator IsDeadLetterName() {
  return CLI::Validator(
      [](const std::string& name) {
        return ParseDeadLetterName(name)
                   ? std::string()
                   : fmt::format(
                         "\"{}\" is no dead letter: use <queue>/<partition>/<offset> as dlq "
                         "list shows it",
                         name);
      },
      "QUEUE/PARTITION/OFFSET");
}

// Those that the command line names, or all open ones that its filter leaves now: what fails again
// and comes back while this runs is not among them.
absl::StatusOr<std::vector<DeadLetterId>> IdsOf(const Session& session,
                                                const SettleArguments& arguments) {
  std::vector<DeadLetterId> ids;
  if (!arguments.names.empty()) {
    for (const std::string& name : arguments.names) {
      ids.push_back(ParseDeadLetterName(name).value_or(DeadLetterId()));
    }
    return ids;
  }
  order::v1::ListDeadLettersRequest request = *arguments.filter;
  request.mutable_filter()->set_state(order::v1::DEAD_LETTER_STATE_OPEN);
  std::vector<order::v1::DeadLetter> letters;
  const auto end =
      TakeDeadLetters(session, std::move(request), /*limit=*/0,
                      [&letters](order::v1::ListDeadLettersResponse page) {
                        for (order::v1::DeadLetter& letter : *page.mutable_dead_letters()) {
                          letter.clear_reason();  // there may be very many of them
                          letters.push_back(std::move(letter));
                        }
                        std::fprintf(stderr, "%zu found so far\n", letters.size());
                      });
  if (!end.ok()) {
    return end.status();
  }
  SortByFirstOffset(letters);
  for (const order::v1::DeadLetter& letter : letters) {
    ids.push_back(letter.id());
  }
  return ids;
}

// Waits until `done` are no more than the pace allows.
void KeepPace(const SettleArguments& arguments, size_t done,
              std::chrono::steady_clock::time_point start) {
  if (arguments.per_second_max > 0) {
    std::this_thread::sleep_until(
        start +
        std::chrono::milliseconds(static_cast<int64_t>(done) * 1000 / arguments.per_second_max));
  }
}

struct Totals {
  size_t done = 0;
  size_t refused = 0;
};

std::string TotalsText(const Totals& totals, bool dry_run) {
  return fmt::format("{} {}, {} refused", totals.done, dry_run ? "would be done" : "done",
                     totals.refused);
}

void Count(const order::v1::BatchSettleDeadLettersResponse& batch, Totals& totals) {
  for (const order::v1::DeadLetterResult& result : batch.results()) {
    ++(result.has_error() ? totals.refused : totals.done);
  }
}

ExitCode Settle(const Session& session, SettleArguments arguments) {
  arguments.settlement.set_actor(session.ActorOr(arguments.settlement.actor()));
  if (arguments.settlement.request_id().empty()) {
    arguments.settlement.set_request_id(NewId());
  }
  const absl::StatusOr<std::vector<DeadLetterId>> ids = IdsOf(session, arguments);
  if (!ids.ok()) {
    return session.Fail(ids.status());
  }
  const bool dry_run = arguments.settlement.validate_only();
  const auto stub = DeadLetterStub(session);
  const size_t batch_size = static_cast<size_t>(
      arguments.per_second_max == 0 ? kBatchSizeMax
                                    : std::min(arguments.per_second_max, kBatchSizeMax));
  const auto start = std::chrono::steady_clock::now();
  Totals totals;
  for (size_t next = 0; next < ids->size(); next += batch_size) {
    KeepPace(arguments, next, start);
    order::v1::BatchSettleDeadLettersRequest batch;
    *batch.mutable_settlement() = arguments.settlement;
    for (size_t i = next; i < std::min(ids->size(), next + batch_size); ++i) {
      *batch.add_ids() = (*ids)[i];
    }
    const auto done = Call(*stub, &DeadLetterAdminService::Stub::BatchSettleDeadLetters, batch,
                           session.timeout());
    if (!done.ok()) {
      return session.Fail(done.status(), arguments.settlement.request_id());
    }
    Count(*done, totals);
    session.Show(*done, [&] { return DeadLetterResultsText(*done); });
    std::fprintf(stderr, "%s of %zu so far\n", TotalsText(totals, dry_run).c_str(), ids->size());
  }
  if (!session.json()) {
    std::fprintf(stdout, "%s\n", TotalsText(totals, dry_run).c_str());
  }
  return totals.refused == 0 ? kExitOk : kExitRefused;
}

// What both actions take.
void AddSettlementOptions(CLI::App& command, const std::shared_ptr<SettleArguments>& arguments) {
  AddRecordedActionOptions(command, arguments->settlement, "Why; recorded",
                           "Only say what would be sent and recorded");
  command.add_option("--throttle", arguments->per_second_max, "At most so many per second")
      ->check(CLI::PositiveNumber);
}

void AddAction(CLI::App& group, Session& session, const std::string& name,
               DeadLetterActionKind kind, const std::string& help) {
  auto arguments = std::make_shared<SettleArguments>();
  arguments->settlement.set_kind(kind);
  CLI::App* command = group.add_subcommand(name, help);
  CLI::Option* names = command
                           ->add_option("DEAD_LETTER", arguments->names,
                                        "Its name, as dlq list shows it; one or several")
                           ->check(IsDeadLetterName());
  CLI::Option* order = command->add_option_function<std::string>(
      "--order",
      [arguments](const std::string& id) { arguments->filter->mutable_filter()->set_key(id); },
      "Every open one of this order, in the order in which its records first came");
  CLI::Option* all = command->add_flag(
      "--all", arguments->all,
      "Every open one that --topic, --reason-part and --age-min leave; needs --yes or --dry-run");
  command->add_flag("--yes", arguments->yes, "With --all: really all of them");
  AddFilterOptions(*command, arguments->filter);
  AddSettlementOptions(*command, arguments);
  command->callback([&session, arguments, names, order, all] {
    const bool by_name = names->count() > 0;
    if (static_cast<int>(by_name) + static_cast<int>(order->count() > 0) +
            static_cast<int>(all->count() > 0) !=
        1) {
      throw CLI::ValidationError("give either names of dead letters, --order or --all");
    }
    if (arguments->all && !arguments->yes && !arguments->settlement.validate_only()) {
      throw CLI::ValidationError("--all needs --yes; see first what --dry-run says");
    }
    session.SetAction([&session, arguments] { return Settle(session, *arguments); });
  });
}

}  // namespace

void AddDeadLetterArgument(CLI::App& command, std::string& name) {
  command.add_option("DEAD_LETTER", name, "Its name, as dlq list shows it")
      ->required()
      ->check(IsDeadLetterName());
}

void AddDeadLetterSettleCommands(CLI::App& group, Session& session) {
  AddAction(group, session, "redrive", order::v1::DEAD_LETTER_ACTION_KIND_REDRIVE,
            "Send records to their topics again, as they came; each once");
  AddAction(group, session, "discard", order::v1::DEAD_LETTER_ACTION_KIND_DISCARD,
            "Give dead letters up; what waits behind one may go on");
}

}  // namespace orderflow::orderctl
