#include "services/order/persistence/saga_snapshot_codec.h"

#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/order/persistence/row_codec.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using Json = nlohmann::json;

absl::Status NotOurs(const char* what, std::string_view json) {
  return absl::InternalError(
      fmt::format("a saga action holds {} that were not written by this version of the service: {}",
                  what, json.substr(0, 200)));
}

// Nothing when a name is unknown; throws what Json throws for JSON of another form.
std::optional<SagaSnapshot> ReadSnapshot(const Json& json) {
  const auto text = [&json](const char* member) { return json.at(member).get<std::string>(); };
  const auto order_state = ParseOrderState(text("order_state"));
  const auto state = saga::ParseSagaState(text("state"));
  const auto parked_from = saga::ParseSagaState(text("parked_from"));
  const auto hold = saga::ParseHold(text("hold"));
  if (!order_state || !state || !parked_from || !hold) {
    return std::nullopt;
  }
  SagaSnapshot snapshot;
  snapshot.order_state = *order_state;
  snapshot.saga.version = json.at("version").get<int64_t>();
  saga::SagaInstance& saga = snapshot.saga.saga;
  saga.saga_id = SagaId(text("saga_id"));
  saga.order_id = OrderId(text("order_id"));
  saga.definition = text("definition");
  saga.definition_version = json.at("definition_version").get<int>();
  saga.state = *state;
  saga.parked_from = *parked_from;
  saga.hold = *hold;
  return snapshot;
}

}  // namespace

std::string EncodeSnapshot(const SagaSnapshot& snapshot) {
  const saga::SagaInstance& saga = snapshot.saga.saga;
  const auto definition = FindSagaDefinition(saga.definition, saga.definition_version);
  const Json json{
      {"order_state", std::string(ToString(snapshot.order_state))},
      {"saga_id", saga.saga_id.value()},
      {"order_id", saga.order_id.value()},
      {"definition", saga.definition},
      {"definition_version", saga.definition_version},
      {"state", saga::ToString(saga.state)},
      {"parked_from", saga::ToString(saga.parked_from)},
      {"hold", saga::ToString(saga.hold)},
      {"version", snapshot.saga.version},
      {"steps", definition.ok() ? Json::parse(EncodeSteps(saga, **definition)) : Json::array()}};
  return json.dump();
}

absl::StatusOr<SagaSnapshot> DecodeSnapshot(std::string_view json) {
  try {
    const Json parsed = Json::parse(json);
    std::optional<SagaSnapshot> snapshot = ReadSnapshot(parsed);
    if (!snapshot) {
      return NotOurs("states", json);
    }
    ASSIGN_OR_RETURN(snapshot->saga.saga.steps, DecodeSteps(parsed.at("steps").dump()));
    return *std::move(snapshot);
  } catch (const Json::exception&) {
    return NotOurs("states", json);
  }
}

std::string EncodeCommands(const std::vector<saga::Command>& commands) {
  Json json = Json::array();
  for (const saga::Command& command : commands) {
    json.push_back({{"step", command.step},
                    {"command", command.command},
                    {"compensation", command.compensation},
                    {"attempt", command.attempt}});
  }
  return json.dump();
}

absl::StatusOr<std::vector<saga::Command>> DecodeCommands(std::string_view json) {
  std::vector<saga::Command> commands;
  try {
    for (const Json& command : Json::parse(json)) {
      commands.push_back({.step = command.at("step").get<std::string>(),
                          .command = command.at("command").get<std::string>(),
                          .compensation = command.at("compensation").get<bool>(),
                          .attempt = command.at("attempt").get<int>()});
    }
  } catch (const Json::exception&) {
    return NotOurs("commands", json);
  }
  return commands;
}

std::string EncodeEvents(const std::vector<std::string>& events) { return Json(events).dump(); }

absl::StatusOr<std::vector<std::string>> DecodeEvents(std::string_view json) {
  try {
    return Json::parse(json).get<std::vector<std::string>>();
  } catch (const Json::exception&) {
    return NotOurs("events", json);
  }
}

}  // namespace orderflow::order
