#include "libs/testing/saga_history.h"

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "fmt/format.h"
#include "libs/base/status_macros.h"

namespace orderflow::testing {
namespace {

using Json = nlohmann::ordered_json;
using saga::Outcome;

constexpr std::pair<Outcome, const char*> kOutcomes[] = {{Outcome::kDone, "DONE"},
                                                         {Outcome::kRefused, "REFUSED"},
                                                         {Outcome::kFailed, "FAILED"},
                                                         {Outcome::kUnknown, "UNKNOWN"}};

int64_t Micros(Timestamp time) { return time.time_since_epoch().count(); }

// Refusals are serialized protos: bytes.
std::string ToHex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string FromHex(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

Json ContextToJson(const saga::EngineContext& context) {
  Json json{{"now_us", Micros(context.now)}, {"random01", context.random01}};
  if (context.paused_steps != nullptr && !context.paused_steps->empty()) {
    for (const auto& [step, since] : *context.paused_steps) {
      json["paused_steps"].push_back({step.first, step.second, Micros(since)});
    }
  }
  return json;
}

saga::EngineContext ContextFromJson(const Json& json) {
  saga::PausedSteps paused;
  for (const Json& step : json.value("paused_steps", Json::array())) {
    paused.emplace(std::pair(step.at(0).get<std::string>(), step.at(1).get<std::string>()),
                   Timestamp(Duration(step.at(2).get<int64_t>())));
  }
  return {.now = Timestamp(Duration(json.at("now_us").get<int64_t>())),
          .random01 = json.at("random01").get<double>(),
          .paused_steps = std::make_shared<const saga::PausedSteps>(std::move(paused))};
}

struct EventToJson {
  Json operator()(const saga::ReplyReceived& reply) const {
    Json json{{"event", "reply"}, {"step", reply.step}};
    if (reply.compensation) {
      json["compensation"] = true;
    }
    for (const auto& [outcome, name] : kOutcomes) {
      if (outcome == reply.outcome) {
        json["outcome"] = name;
      }
    }
    if (!reply.refusal.empty()) {
      json["refusal"] = ToHex(reply.refusal);
    }
    if (!reply.error.empty()) {
      json["error"] = reply.error;
    }
    return json;
  }
  Json operator()(const saga::TimerFired&) const { return {{"event", "timer"}}; }
  Json operator()(const saga::CancelRequested& cancel) const {
    return {{"event", "cancel"}, {"refusal", ToHex(cancel.refusal)}};
  }
  Json operator()(const saga::RetryRequested&) const { return {{"event", "retry"}}; }
  Json operator()(const saga::StepSkipped& skipped) const {
    return {{"event", "skip"}, {"step", skipped.step}};
  }
  Json operator()(const saga::HoldRequested& request) const {
    return {{"event", "hold"}, {"hold", saga::ToString(request.hold)}};
  }
  Json operator()(const saga::HoldReleased& release) const {
    return {{"event", "release"}, {"hold", saga::ToString(release.hold)}};
  }
};

saga::Hold HoldFromJson(const Json& json) {
  return saga::ParseHold(json.at("hold").get<std::string>()).value_or(saga::Hold::kNone);
}

saga::ReplyReceived ReplyFromJson(const Json& json) {
  saga::ReplyReceived reply;
  reply.step = json.at("step").get<std::string>();
  reply.compensation = json.value("compensation", false);
  for (const auto& [outcome, name] : kOutcomes) {
    if (json.at("outcome") == name) {
      reply.outcome = outcome;
    }
  }
  reply.refusal = FromHex(json.value("refusal", ""));
  reply.error = json.value("error", "");
  return reply;
}

saga::Event EventFromJson(const Json& json) {
  const auto event = json.at("event").get<std::string>();
  if (event == "timer") {
    return saga::TimerFired{};
  }
  if (event == "cancel") {
    return saga::CancelRequested{FromHex(json.at("refusal").get<std::string>())};
  }
  if (event == "retry") {
    return saga::RetryRequested{};
  }
  if (event == "skip") {
    return saga::StepSkipped{json.at("step").get<std::string>()};
  }
  if (event == "hold") {
    return saga::HoldRequested{HoldFromJson(json)};
  }
  if (event == "release") {
    return saga::HoldReleased{HoldFromJson(json)};
  }
  return ReplyFromJson(json);
}

void AddResult(const saga::Transition& transition, Json& json) {
  const saga::SagaInstance& saga = transition.saga;
  json["state"] = saga::ToString(saga.state);
  if (saga.hold != saga::Hold::kNone) {
    json["held"] = saga::ToString(saga.hold);
  }
  Json steps = Json::array();
  for (const saga::StepInstance& step : saga.steps) {
    std::string text = saga::ToString(step.state);
    if (step.attempts > 0) {
      text += fmt::format(" #{}", step.attempts);
    }
    if (step.next_action_at) {
      text += fmt::format(" @{}", Micros(*step.next_action_at));
    }
    if (!step.last_error.empty()) {
      text += ": " + step.last_error;
    }
    steps.push_back(std::move(text));
  }
  json["steps"] = std::move(steps);
  Json commands = Json::array();
  for (const saga::Command& command : transition.commands) {
    commands.push_back(fmt::format("{} #{}", command.command, command.attempt));
  }
  json["commands"] = std::move(commands);
}

}  // namespace

absl::StatusOr<std::string> WriteHistory(const saga::SagaDefinition& definition,
                                         const SagaHistory& history) {
  saga::Transition transition =
      saga::Engine::Start(definition, history.saga_id, history.order_id, history.start);
  Json line = ContextToJson(history.start);
  line["event"] = "start";
  line["definition"] = history.definition;
  line["version"] = history.version;
  line["saga_id"] = history.saga_id.value();
  line["order_id"] = history.order_id.value();
  AddResult(transition, line);
  std::string text = line.dump() + "\n";
  for (const auto& [context, event] : history.events) {
    ASSIGN_OR_RETURN(transition, saga::Engine::Apply(definition, transition.saga, event, context));
    line = ContextToJson(context);
    line.update(std::visit(EventToJson{}, event));
    AddResult(transition, line);
    text += line.dump() + "\n";
  }
  return text;
}

absl::StatusOr<SagaHistory> ReadHistory(const std::string& text) {
  SagaHistory history;
  std::istringstream lines(text);
  std::string line;
  try {
    while (std::getline(lines, line)) {
      const Json json = Json::parse(line);
      if (json.at("event") != "start") {
        history.events.emplace_back(ContextFromJson(json), EventFromJson(json));
        continue;
      }
      history.definition = json.at("definition").get<std::string>();
      history.version = json.at("version").get<int>();
      history.saga_id = SagaId(json.at("saga_id").get<std::string>());
      history.order_id = OrderId(json.at("order_id").get<std::string>());
      history.start = ContextFromJson(json);
    }
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(fmt::format("not a saga history: {}", error.what()));
  }
  return history;
}

}  // namespace orderflow::testing
