#include "services/payment/persistence/operations_codec.h"

#include <set>

#include "libs/base/status_macros.h"
#include "libs/outbox/outbox_record.h"
#include "libs/postgres/json_column.h"
#include "libs/postgres/params.h"
#include "libs/postgres/text_decoding.h"

namespace orderflow::payment {
namespace {

using postgres::JsonReader;
using postgres::JsonValue;
using postgres::JsonWriter;
using postgres::WriteJsonText;

void WriteUnlessEmpty(JsonWriter& writer, const char* name, const std::string& text) {
  if (!text.empty()) {
    writer.Key(name);
    WriteJsonText(writer, outbox::ToStorableText(text));
  }
}

void WriteOperation(JsonWriter& writer, const Operation& operation) {
  writer.Key("kind");
  WriteJsonText(writer, ToString(operation.kind));
  writer.Key("state");
  WriteJsonText(writer, ToString(operation.state));
  WriteUnlessEmpty(writer, "provider_reference", operation.provider_reference);
  WriteUnlessEmpty(writer, "decline_code", operation.decline_code);
  writer.Key("attempts");
  writer.Int(operation.attempts);
  WriteUnlessEmpty(writer, "last_error", operation.last_error);
  writer.Key("saga_id");
  WriteJsonText(writer, operation.asked_by.saga_id.value());
  writer.Key("step");
  WriteJsonText(writer, outbox::ToStorableText(operation.asked_by.step));
  if (operation.asked_by.compensation) {
    writer.Key("compensation");
    writer.Bool(true);
  }
  writer.Key("attempt");
  writer.Int(operation.asked_by.attempt);
  WriteUnlessEmpty(writer, "traceparent", operation.asked_by.traceparent);
  writer.Key("create_time");
  WriteJsonText(writer, postgres::FormatTimestamp(operation.create_time));
  writer.Key("update_time");
  WriteJsonText(writer, postgres::FormatTimestamp(operation.update_time));
}

Operation ReadOperation(JsonReader& reader, const JsonValue& json) {
  Operation operation;
  operation.kind = reader.Parsed(reader.Text(json, "kind"), ParseOperationKind);
  operation.state = reader.Parsed(reader.Text(json, "state"), ParseOperationState);
  operation.provider_reference = reader.OptionalText(json, "provider_reference");
  operation.decline_code = reader.OptionalText(json, "decline_code");
  operation.attempts = static_cast<int>(reader.Int(json, "attempts"));
  operation.last_error = reader.OptionalText(json, "last_error");
  operation.asked_by = {
      .saga_id = SagaId(std::string(reader.Text(json, "saga_id"))),
      .step = std::string(reader.Text(json, "step")),
      .compensation =
          reader.Optional(json, "compensation") != nullptr && reader.Bool(json, "compensation"),
      .attempt = static_cast<int>(reader.Int(json, "attempt")),
      .traceparent = reader.OptionalText(json, "traceparent"),
  };
  operation.create_time = reader.Parsed(reader.Text(json, "create_time"), postgres::ReadTimestamp);
  operation.update_time = reader.Parsed(reader.Text(json, "update_time"), postgres::ReadTimestamp);
  return operation;
}

}  // namespace

std::string EncodeOperations(const std::vector<Operation>& operations) {
  return postgres::EncodeJsonArray(operations, WriteOperation);
}

absl::StatusOr<std::vector<Operation>> DecodeOperations(std::string_view json) {
  ASSIGN_OR_RETURN(std::vector<Operation> operations,
                   postgres::DecodeJsonArray<Operation>("operations", json, ReadOperation));
  std::set<OperationKind> kinds;
  for (const Operation& operation : operations) {
    if (!kinds.insert(operation.kind).second) {
      return absl::InternalError(
          fmt::format("column operations holds two of the kind {}", ToString(operation.kind)));
    }
  }
  return operations;
}

}  // namespace orderflow::payment
