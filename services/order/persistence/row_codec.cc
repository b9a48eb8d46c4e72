#include "services/order/persistence/row_codec.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/outbox/outbox_record.h"
#include "libs/postgres/params.h"
#include "libs/postgres/text_decoding.h"

namespace orderflow::order {
namespace {

// These columns are read and written up to five times per order: RapidJSON, as taking them apart
// and putting them together with nlohmann's was a third of the orchestrator's time.
using Json = rapidjson::Value;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr std::array<std::pair<RefusalReason, const char*>, 7> kReasonNames{{
    {RefusalReason::kUnspecified, "UNSPECIFIED"},
    {RefusalReason::kOutOfStock, "OUT_OF_STOCK"},
    {RefusalReason::kPaymentDeclined, "PAYMENT_DECLINED"},
    {RefusalReason::kCancelledByCustomer, "CANCELLED_BY_CUSTOMER"},
    {RefusalReason::kAlreadyCompensated, "ALREADY_COMPENSATED"},
    {RefusalReason::kUnknownSku, "UNKNOWN_SKU"},
    {RefusalReason::kStoppedByOperator, "STOPPED_BY_OPERATOR"},
}};

// Reads members of objects and remembers whether one was missing or of another type; then its value
// is empty.
class Reader {
 public:
  bool ok() const { return ok_; }

  const Json* Optional(const Json& object, const char* name) {
    if (!object.IsObject()) {
      ok_ = false;
      return nullptr;
    }
    const auto member = object.FindMember(name);
    return member == object.MemberEnd() ? nullptr : &member->value;
  }
  std::string_view Text(const Json& object, const char* name) {
    const Json* value = Optional(object, name);
    return value == nullptr ? Missing() : AsText(*value);
  }
  std::string_view AsText(const Json& value) {
    return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                            : Missing();
  }
  int64_t Int(const Json& object, const char* name) {
    const Json* value = Optional(object, name);
    ok_ = ok_ && value != nullptr && value->IsInt64();
    return ok_ ? value->GetInt64() : 0;
  }
  // A name or time that `parse` knows.
  template <class Parse>
  auto Parsed(std::string_view text, Parse parse) {
    const auto parsed = parse(text);
    ok_ = ok_ && parsed.has_value();
    return ok_ ? *parsed : typename decltype(parse(text))::value_type{};
  }

 private:
  std::string_view Missing() {
    ok_ = false;
    return {};
  }

  bool ok_ = true;
};

// `element(reader, json)` of each element of an array.
template <class Value, class Element>
absl::StatusOr<std::vector<Value>> DecodeArray(const char* column, std::string_view json,
                                               Element element) {
  alignas(std::max_align_t) std::array<char, 4096> buffer;  // enough for nearly every column
  rapidjson::MemoryPoolAllocator<> allocator(buffer.data(), buffer.size());
  rapidjson::Document document(&allocator);
  document.Parse(json.data(), json.size());
  Reader reader;
  std::vector<Value> values;
  if (!document.HasParseError() && document.IsArray()) {
    for (const Json& item : document.GetArray()) {
      values.push_back(element(reader, item));
    }
    if (reader.ok()) {
      return values;
    }
  }
  // What it holds is a customer's: not for logs.
  return absl::InternalError(fmt::format(
      "column {} holds {} that was not written by this version of the service", column,
      document.HasParseError() ? fmt::format("text (at byte {})", document.GetErrorOffset())
                               : "JSON (a member is missing or of another type)"));
}

// Texts from elsewhere (errors, reasons) may hold what JSON in PostgreSQL cannot.
void WriteForeignText(Writer& writer, const std::string& text) {
  const std::string storable = outbox::ToStorableText(text);
  writer.String(storable.data(), static_cast<rapidjson::SizeType>(storable.size()));
}

void WriteText(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// `element(writer, value)` writes the members of each value's object.
template <class Value, class Element>
std::string EncodeArray(const std::vector<Value>& values, Element element) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  for (const Value& value : values) {
    writer.StartObject();
    element(writer, value);
    writer.EndObject();
  }
  writer.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
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
  return EncodeArray(lines, [](Writer& writer, const OrderLine& line) {
    writer.Key("sku");
    WriteText(writer, line.sku.value());
    writer.Key("quantity");
    writer.Int64(line.quantity);
    writer.Key("unit_price_minor");
    writer.Int64(line.unit_price_minor);
  });
}

absl::StatusOr<std::vector<OrderLine>> DecodeLines(std::string_view json) {
  return DecodeArray<OrderLine>("lines", json, [](Reader& reader, const Json& line) {
    using Quantity = decltype(OrderLine::quantity);
    return OrderLine{Sku(std::string(reader.Text(line, "sku"))),
                     static_cast<Quantity>(reader.Int(line, "quantity")),
                     reader.Int(line, "unit_price_minor")};
  });
}

std::string EncodeHistory(const std::vector<StateChange>& history) {
  return EncodeArray(history, [](Writer& writer, const StateChange& change) {
    writer.Key("sequence");
    writer.Int64(change.sequence);
    writer.Key("state");
    WriteText(writer, ToString(change.state));
    writer.Key("time");
    WriteText(writer, postgres::FormatTimestamp(change.time));
    if (change.refusal) {
      WriteRefusal(writer, *change.refusal);
    }
  });
}

absl::StatusOr<std::vector<StateChange>> DecodeHistory(std::string_view json) {
  return DecodeArray<StateChange>("history", json, ReadStateChange);
}

std::string EncodeSteps(const saga::SagaInstance& saga, const saga::SagaDefinition& definition) {
  auto step_definition = definition.steps.begin();
  return EncodeArray(saga.steps, [&](Writer& writer, const saga::StepInstance& step) {
    writer.Key("name");
    WriteText(writer, (step_definition++)->name);
    writer.Key("state");
    WriteText(writer, saga::ToString(step.state));
    writer.Key("attempts");
    writer.Int(step.attempts);
    if (step.next_action_at) {
      writer.Key("next_action_time");
      WriteText(writer, postgres::FormatTimestamp(*step.next_action_at));
    }
    if (!step.last_error.empty()) {
      writer.Key("last_error");
      WriteForeignText(writer, step.last_error);
    }
  });
}

absl::StatusOr<std::vector<saga::StepInstance>> DecodeSteps(std::string_view json) {
  return DecodeArray<saga::StepInstance>("steps", json, ReadStep);
}

std::string EncodeViolations(const absl::Status& refusal) {
  return EncodeArray(DetailsOf(refusal).field_violations,
                     [](Writer& writer, const FieldViolation& violation) {
                       writer.Key("field");
                       WriteForeignText(writer, violation.field);
                       writer.Key("description");
                       WriteForeignText(writer, violation.description);
                     });
}

absl::Status DecodeViolations(std::string_view json) {
  const auto violations =
      DecodeArray<FieldViolation>("refusal", json, [](Reader& reader, const Json& violation) {
        return FieldViolation{std::string(reader.Text(violation, "field")),
                              std::string(reader.Text(violation, "description"))};
      });
  return violations.ok() ? InvalidArgument(*violations) : violations.status();
}

}  // namespace orderflow::order
