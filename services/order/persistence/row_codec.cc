#include "services/order/persistence/row_codec.h"

#include <array>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/outbox/outbox_record.h"
#include "libs/postgres/json_column.h"
#include "libs/postgres/params.h"
#include "libs/postgres/text_decoding.h"

namespace orderflow::order {
namespace {

using Json = postgres::JsonValue;
using Reader = postgres::JsonReader;
using Writer = postgres::JsonWriter;
using postgres::DecodeJsonArray;
using postgres::EncodeJsonArray;
using postgres::WriteJsonText;

constexpr std::array<std::pair<RefusalReason, const char*>, 7> kReasonNames{{
    {RefusalReason::kUnspecified, "UNSPECIFIED"},
    {RefusalReason::kOutOfStock, "OUT_OF_STOCK"},
    {RefusalReason::kPaymentDeclined, "PAYMENT_DECLINED"},
    {RefusalReason::kCancelledByCustomer, "CANCELLED_BY_CUSTOMER"},
    {RefusalReason::kAlreadyCompensated, "ALREADY_COMPENSATED"},
    {RefusalReason::kUnknownSku, "UNKNOWN_SKU"},
    {RefusalReason::kStoppedByOperator, "STOPPED_BY_OPERATOR"},
}};

// Texts from elsewhere (errors, reasons) may hold what JSON in PostgreSQL cannot.
void WriteForeignText(Writer& writer, const std::string& text) {
  WriteJsonText(writer, outbox::ToStorableText(text));
}

const char* ToText(RefusalReason wanted) {
  for (const auto& [reason, name] : kReasonNames) {
    if (reason == wanted) {
      return name;
    }
  }
  return "UNSPECIFIED";
}

void WriteRefusal(Writer& writer, const Refusal& refusal) {
  writer.Key("refusal");
  writer.StartObject();
  writer.Key("message");
  WriteForeignText(writer, refusal.message);
  writer.Key("reason");
  writer.String(ToText(refusal.reason));
  if (!refusal.skus.empty()) {
    writer.Key("skus");
    writer.StartArray();
    for (const std::string& sku : refusal.skus) {
      WriteForeignText(writer, sku);
    }
    writer.EndArray();
  }
  if (!refusal.provider_code.empty()) {
    writer.Key("provider_code");
    WriteForeignText(writer, refusal.provider_code);
  }
  writer.EndObject();
}

// A reason that a newer version has added is shown as unspecified, like one in a message
// (refusal_codec.h): it only informs.
RefusalReason ParseReason(std::string_view text) {
  for (const auto& [reason, name] : kReasonNames) {
    if (text == name) {
      return reason;
    }
  }
  return RefusalReason::kUnspecified;
}

Refusal ReadRefusal(Reader& reader, const Json& json) {
  Refusal refusal{.reason = ParseReason(reader.Text(json, "reason")),
                  .message = std::string(reader.Text(json, "message")),
                  .skus = {},
                  .provider_code = ""};
  if (const Json* skus = reader.Optional(json, "skus"); skus != nullptr && skus->IsArray()) {
    for (const Json& sku : skus->GetArray()) {
      refusal.skus.emplace_back(reader.AsText(sku));
    }
  }
  if (const Json* code = reader.Optional(json, "provider_code")) {
    refusal.provider_code = reader.AsText(*code);
  }
  return refusal;
}

StateChange ReadStateChange(Reader& reader, const Json& json) {
  StateChange change{.sequence = reader.Int(json, "sequence"),
                     .state = reader.Parsed(
                         reader.Text(json, "state"),
                         [](std::string_view text) { return ParseOrderState(std::string(text)); }),
                     .time = reader.Parsed(reader.Text(json, "time"), postgres::ReadTimestamp),
                     .refusal = std::nullopt};
  if (const Json* refusal = reader.Optional(json, "refusal")) {
    change.refusal = ReadRefusal(reader, *refusal);
  }
  return change;
}

saga::StepInstance ReadStep(Reader& reader, const Json& json) {
  saga::StepInstance step;
  step.state = reader.Parsed(reader.Text(json, "state"), [](std::string_view text) {
    return saga::ParseStepState(std::string(text));
  });
  step.attempts = static_cast<int>(reader.Int(json, "attempts"));
  if (const Json* error = reader.Optional(json, "last_error")) {
    step.last_error = reader.AsText(*error);
  }
  if (const Json* time = reader.Optional(json, "next_action_time")) {
    step.next_action_at = reader.Parsed(reader.AsText(*time), postgres::ReadTimestamp);
  }
  return step;
}

}  // namespace

std::string EncodeLines(const std::vector<OrderLine>& lines) {
  return EncodeJsonArray(lines, [](Writer& writer, const OrderLine& line) {
    writer.Key("sku");
    WriteJsonText(writer, line.sku.value());
    writer.Key("quantity");
    writer.Int64(line.quantity);
    writer.Key("unit_price_minor");
    writer.Int64(line.unit_price_minor);
  });
}

absl::StatusOr<std::vector<OrderLine>> DecodeLines(std::string_view json) {
  return DecodeJsonArray<OrderLine>("lines", json, [](Reader& reader, const Json& line) {
    using Quantity = decltype(OrderLine::quantity);
    return OrderLine{Sku(std::string(reader.Text(line, "sku"))),
                     static_cast<Quantity>(reader.Int(line, "quantity")),
                     reader.Int(line, "unit_price_minor")};
  });
}

std::string EncodeHistory(const std::vector<StateChange>& history) {
  return EncodeJsonArray(history, [](Writer& writer, const StateChange& change) {
    writer.Key("sequence");
    writer.Int64(change.sequence);
    writer.Key("state");
    WriteJsonText(writer, ToString(change.state));
    writer.Key("time");
    WriteJsonText(writer, postgres::FormatTimestamp(change.time));
    if (change.refusal) {
      WriteRefusal(writer, *change.refusal);
    }
  });
}

absl::StatusOr<std::vector<StateChange>> DecodeHistory(std::string_view json) {
  return DecodeJsonArray<StateChange>("history", json, ReadStateChange);
}

std::string EncodeSteps(const saga::SagaInstance& saga, const saga::SagaDefinition& definition) {
  auto step_definition = definition.steps.begin();
  return EncodeJsonArray(saga.steps, [&](Writer& writer, const saga::StepInstance& step) {
    writer.Key("name");
    WriteJsonText(writer, (step_definition++)->name);
    writer.Key("state");
    WriteJsonText(writer, saga::ToString(step.state));
    writer.Key("attempts");
    writer.Int(step.attempts);
    if (step.next_action_at) {
      writer.Key("next_action_time");
      WriteJsonText(writer, postgres::FormatTimestamp(*step.next_action_at));
    }
    if (!step.last_error.empty()) {
      writer.Key("last_error");
      WriteForeignText(writer, step.last_error);
    }
  });
}

absl::StatusOr<std::vector<saga::StepInstance>> DecodeSteps(std::string_view json) {
  return DecodeJsonArray<saga::StepInstance>("steps", json, ReadStep);
}

std::string EncodeViolations(const absl::Status& refusal) {
  return EncodeJsonArray(DetailsOf(refusal).field_violations,
                         [](Writer& writer, const FieldViolation& violation) {
                           writer.Key("field");
                           WriteForeignText(writer, violation.field);
                           writer.Key("description");
                           WriteForeignText(writer, violation.description);
                         });
}

absl::Status DecodeViolations(std::string_view json) {
  const auto violations =
      DecodeJsonArray<FieldViolation>("refusal", json, [](Reader& reader, const Json& violation) {
        return FieldViolation{std::string(reader.Text(violation, "field")),
                              std::string(reader.Text(violation, "description"))};
      });
  return violations.ok() ? InvalidArgument(*violations) : violations.status();
}

}  // namespace orderflow::order
