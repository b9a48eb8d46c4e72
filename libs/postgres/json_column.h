#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fmt/format.h"

// Columns that hold a JSON array of objects, which are read and written whole, several times per
// order: with RapidJSON, as taking them apart and putting them together with nlohmann's was a third
// of a process. For implementation files of persistence only.
namespace orderflow::postgres {

using JsonValue = rapidjson::Value;
using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// Reads members of objects and remembers whether one was missing or of another type; then its value
// is empty.
class JsonReader {
 public:
  bool ok() const { return ok_; }

  const JsonValue* Optional(const JsonValue& object, const char* name) {
    if (!object.IsObject()) {
      ok_ = false;
      return nullptr;
    }
    const auto member = object.FindMember(name);
    return member == object.MemberEnd() ? nullptr : &member->value;
  }
  std::string_view Text(const JsonValue& object, const char* name) {
    const JsonValue* value = Optional(object, name);
    return value == nullptr ? Missing() : AsText(*value);
  }
  // Empty where there is none.
  std::string OptionalText(const JsonValue& object, const char* name) {
    const JsonValue* value = Optional(object, name);
    return value == nullptr ? std::string() : std::string(AsText(*value));
  }
  std::string_view AsText(const JsonValue& value) {
    return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                            : Missing();
  }
  int64_t Int(const JsonValue& object, const char* name) {
    const JsonValue* value = Optional(object, name);
    ok_ = ok_ && value != nullptr && value->IsInt64();
    return ok_ ? value->GetInt64() : 0;
  }
  bool Bool(const JsonValue& object, const char* name) {
    const JsonValue* value = Optional(object, name);
    ok_ = ok_ && value != nullptr && value->IsBool();
    return ok_ && value->GetBool();
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

// `element(reader, json)` of each element of the array that `column` holds. kInternal: it holds
// something else, or an element misses a member.
template <class Value, class Element>
absl::StatusOr<std::vector<Value>> DecodeJsonArray(const char* column, std::string_view json,
                                                   Element element) {
  alignas(std::max_align_t) std::array<char, 4096> buffer;  // enough for nearly every column
  rapidjson::MemoryPoolAllocator<> allocator(buffer.data(), buffer.size());
  rapidjson::Document document(&allocator);
  document.Parse(json.data(), json.size());
  JsonReader reader;
  std::vector<Value> values;
  if (!document.HasParseError() && document.IsArray()) {
    values.reserve(document.Size());
    for (const JsonValue& item : document.GetArray()) {
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

// `element(writer, value)` writes the members of each value's object.
template <class Value, class Element>
std::string EncodeJsonArray(const std::vector<Value>& values, Element element) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartArray();
  for (const Value& value : values) {
    writer.StartObject();
    element(writer, value);
    writer.EndObject();
  }
  writer.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

inline void WriteJsonText(JsonWriter& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace orderflow::postgres
