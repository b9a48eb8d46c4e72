#include "services/order/persistence/row_codec.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/postgres/params.h"
#include "nlohmann/json.hpp"

namespace orderflow::order {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<RefusalReason, const char*>, 6> kReasonNames{{
    {RefusalReason::kUnspecified, "UNSPECIFIED"},
    {RefusalReason::kOutOfStock, "OUT_OF_STOCK"},
    {RefusalReason::kPaymentDeclined, "PAYMENT_DECLINED"},
    {RefusalReason::kCancelledByCustomer, "CANCELLED_BY_CUSTOMER"},
    {RefusalReason::kAlreadyCompensated, "ALREADY_COMPENSATED"},
    {RefusalReason::kUnknownSku, "UNKNOWN_SKU"},
}};

// Decoders throw on text that no encoder wrote; this is where it becomes a Status.
template <class Value, class Body>
absl::StatusOr<Value> Decode(const char* column, std::string_view json, Body body) {
  try {
    return body(Json::parse(json));
  } catch (const Json::exception& error) {
    return absl::InternalError(
        fmt::format("column {} holds JSON that was not written by us: {}", column, error.what()));
  }
}

// PostgreSQL's text form of a time in UTC: "2026-01-31 23:59:59.123456+00".
Timestamp ParseTime(const std::string& text) {
  std::tm tm{};
  int64_t microseconds = 0;
  int consumed = 0;
  std::sscanf(text.c_str(), "%d-%d-%d%*c%d:%d:%d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
              &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &consumed);
  if (consumed > 0 && text[static_cast<size_t>(consumed)] == '.') {
    int64_t scale = 100'000;
    for (size_t i = static_cast<size_t>(consumed) + 1;
         i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      microseconds += (text[i] - '0') * scale;
      scale /= 10;
    }
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return Timestamp(std::chrono::seconds(timegm(&tm)) + std::chrono::microseconds(microseconds));
}

Json ToJson(const Refusal& refusal) {
  Json json{{"message", refusal.message}};
  for (const auto& [reason, name] : kReasonNames) {
    if (reason == refusal.reason) {
      json["reason"] = name;
    }
  }
  if (!refusal.skus.empty()) {
    json["skus"] = refusal.skus;
  }
  if (!refusal.provider_code.empty()) {
    json["provider_code"] = refusal.provider_code;
  }
  return json;
}

Refusal ToRefusal(const Json& json) {
  Refusal refusal{.reason = RefusalReason::kUnspecified,
                  .message = json.at("message"),
                  .skus = json.value("skus", std::vector<std::string>{}),
                  .provider_code = json.value("provider_code", "")};
  for (const auto& [reason, name] : kReasonNames) {
    if (json.at("reason") == name) {
      refusal.reason = reason;
    }
  }
  return refusal;
}

StateChange ToStateChange(const Json& json) {
  StateChange change{.sequence = json.at("sequence"),
                     .state = OrderState::kPending,
                     .time = ParseTime(json.at("time")),
                     .refusal = std::nullopt};
  if (const auto state = ParseOrderState(json.at("state").get<std::string>())) {
    change.state = *state;
  }
  if (json.contains("refusal")) {
    change.refusal = ToRefusal(json.at("refusal"));
  }
  return change;
}

}  // namespace

std::string EncodeLines(const std::vector<OrderLine>& lines) {
  Json json = Json::array();
  for (const OrderLine& line : lines) {
    json.push_back({{"sku", line.sku.value()},
                    {"quantity", line.quantity},
                    {"unit_price_minor", line.unit_price_minor}});
  }
  return json.dump();
}

absl::StatusOr<std::vector<OrderLine>> DecodeLines(std::string_view json) {
  return Decode<std::vector<OrderLine>>("lines", json, [](const Json& array) {
    std::vector<OrderLine> lines;
    for (const Json& line : array) {
      lines.push_back({Sku(line.at("sku")), line.at("quantity"), line.at("unit_price_minor")});
    }
    return lines;
  });
}

std::string EncodeHistory(const std::vector<StateChange>& history) {
  Json json = Json::array();
  for (const StateChange& change : history) {
    Json entry{{"sequence", change.sequence},
               {"state", std::string(ToString(change.state))},
               {"time", postgres::FormatTimestamp(change.time)}};
    if (change.refusal) {
      entry["refusal"] = ToJson(*change.refusal);
    }
    json.push_back(std::move(entry));
  }
  return json.dump();
}

absl::StatusOr<std::vector<StateChange>> DecodeHistory(std::string_view json) {
  return Decode<std::vector<StateChange>>("history", json, [](const Json& array) {
    std::vector<StateChange> history;
    for (const Json& entry : array) {
      history.push_back(ToStateChange(entry));
    }
    return history;
  });
}

std::string EncodeSteps(const saga::SagaInstance& saga, const saga::SagaDefinition& definition) {
  Json json = Json::array();
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    const saga::StepInstance& step = saga.steps[i];
    Json entry{{"name", definition.steps[i].name},
               {"state", saga::ToString(step.state)},
               {"attempts", step.attempts}};
    if (step.next_action_at) {
      entry["next_action_time"] = postgres::FormatTimestamp(*step.next_action_at);
    }
    if (!step.last_error.empty()) {
      entry["last_error"] = step.last_error;
    }
    json.push_back(std::move(entry));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::vector<saga::StepInstance>> DecodeSteps(std::string_view json) {
  return Decode<std::vector<saga::StepInstance>>("steps", json, [](const Json& array) {
    std::vector<saga::StepInstance> steps;
    for (const Json& entry : array) {
      saga::StepInstance step;
      step.state = saga::ParseStepState(entry.at("state")).value_or(saga::StepState::kPending);
      step.attempts = entry.at("attempts");
      step.last_error = entry.value("last_error", "");
      if (entry.contains("next_action_time")) {
        step.next_action_at = ParseTime(entry.at("next_action_time"));
      }
      steps.push_back(std::move(step));
    }
    return steps;
  });
}

std::string EncodeViolations(const absl::Status& refusal) {
  Json json = Json::array();
  for (const FieldViolation& violation : DetailsOf(refusal).field_violations) {
    json.push_back({{"field", violation.field}, {"description", violation.description}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::Status DecodeViolations(std::string_view json) {
  const auto violations =
      Decode<std::vector<FieldViolation>>("refusal", json, [](const Json& array) {
        std::vector<FieldViolation> decoded;
        for (const Json& entry : array) {
          decoded.push_back({entry.at("field"), entry.at("description")});
        }
        return decoded;
      });
  return violations.ok() ? InvalidArgument(*violations) : violations.status();
}

}  // namespace orderflow::order
