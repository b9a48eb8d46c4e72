#include "services/order/grpc/message_text.h"

#include <memory>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"

namespace orderflow::order {
namespace {

namespace pb = google::protobuf;

constexpr size_t kPreviewSizeMax = 32;
constexpr size_t kJsonSizeMax = 1'000'000;  // below what gRPC takes as one message
constexpr char kMask[] = "***";

bool IsSecret(const pb::FieldDescriptor& field) {
  return field.type() == pb::FieldDescriptor::TYPE_STRING &&
         (field.name().find("email") != std::string::npos ||
          field.name().find("token") != std::string::npos);
}

void MaskField(const pb::FieldDescriptor& field, pb::Message& message) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    reflection.SetString(&message, &field, kMask);
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    reflection.SetRepeatedString(&message, &field, i, kMask);
  }
}

// What stands in bytes nobody looks into: it is left out. The messages of a packed record are such.
bool IsOpaque(const pb::FieldDescriptor& field) {
  return field.type() == pb::FieldDescriptor::TYPE_BYTES;
}

// In the message and all that it holds.
void Mask(pb::Message& root) {
  std::vector<pb::Message*> open = {&root};
  while (!open.empty()) {
    pb::Message& message = *open.back();
    open.pop_back();
    const pb::Reflection& reflection = *message.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const pb::FieldDescriptor* field : fields) {
      if (IsSecret(*field)) {
        MaskField(*field, message);
      } else if (IsOpaque(*field)) {
        reflection.ClearField(&message, field);
      } else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        if (!field->is_repeated()) {
          open.push_back(reflection.MutableMessage(&message, field));
          continue;
        }
        for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
          open.push_back(reflection.MutableRepeatedMessage(&message, field, i));
        }
      }
    }
  }
}

}  // namespace

std::optional<std::string> MessageToMaskedJson(std::string_view type, std::string_view bytes) {
  const pb::Descriptor* descriptor =
      pb::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(type));
  const pb::Message* prototype =
      descriptor == nullptr ? nullptr
                            : pb::MessageFactory::generated_factory()->GetPrototype(descriptor);
  if (prototype == nullptr) {
    return std::nullopt;
  }
  const std::unique_ptr<pb::Message> message(prototype->New());
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  Mask(*message);
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!pb::util::MessageToJsonString(*message, &json, options).ok() || json.size() > kJsonSizeMax) {
    return std::nullopt;
  }
  return json;
}

std::string HexPreview(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes.substr(0, kPreviewSizeMax)) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

}  // namespace orderflow::order
