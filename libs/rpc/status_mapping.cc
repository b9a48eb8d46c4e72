#include "libs/rpc/status_mapping.h"

#include <grpcpp/support/status.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"

namespace orderflow::rpc {
namespace {

constexpr char kDomain[] = "orderflow";
constexpr char kInternalMessage[] = "internal error; the server's log says more";
constexpr char kUnknownMessage[] =
    "the outcome is not known; repeat the call with the same request id, or read";
constexpr char kUnavailableMessage[] =
    "what this call needs (a database, the broker or another service) cannot be reached; try "
    "again, "
    "with the same request id if the call has one";
// A status travels in HTTP/2 trailers, of which a client takes 8 KiB: the message percent-encoded
// (up to three times its size) and the details in base64. Larger ones would drop the connection.
constexpr size_t kMessageBytesMax = 1024;
constexpr size_t kDetailsBytesMax = 3072;

// At most `size_max` bytes, not cut inside a UTF-8 character.
std::string Shortened(const std::string& text, size_t size_max) {
  if (text.size() <= size_max) {
    return text;
  }
  size_t size = size_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

std::string PublicMessage(const absl::Status& status) {
  if (absl::IsInternal(status)) {
    return kInternalMessage;
  }
  if (absl::IsUnknown(status)) {
    return kUnknownMessage;
  }
  if (IsWithheld(status)) {
    return kUnavailableMessage;
  }
  return Shortened(Message(status), kMessageBytesMax);
}

// Adds as many violations as fit; the first ones are enough to go on with.
void AddBadRequest(const ErrorDetails& details, google::rpc::Status& proto) {
  if (details.field_violations.empty()) {
    return;
  }
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : details.field_violations) {
    const size_t size =
        bad_request.ByteSizeLong() + violation.field.size() + violation.description.size();
    if (proto.ByteSizeLong() + size > kDetailsBytesMax) {
      break;
    }
    auto* added = bad_request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
  }
  proto.add_details()->PackFrom(bad_request);
}

void AddRetryInfo(const ErrorDetails& details, google::rpc::Status& proto) {
  if (!details.retry_delay) {
    return;
  }
  constexpr int64_t kMsPerSecond = 1000;
  constexpr int64_t kNanosPerMs = 1'000'000;
  google::rpc::RetryInfo retry_info;
  retry_info.mutable_retry_delay()->set_seconds(details.retry_delay->count() / kMsPerSecond);
  retry_info.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(details.retry_delay->count() % kMsPerSecond * kNanosPerMs));
  proto.add_details()->PackFrom(retry_info);
}

void ReadDetail(const google::protobuf::Any& detail, ErrorDetails& details) {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry_info;
  if (detail.UnpackTo(&info)) {
    details.reason = info.reason();
    details.metadata = {info.metadata().begin(), info.metadata().end()};
  } else if (detail.UnpackTo(&bad_request)) {
    for (const auto& violation : bad_request.field_violations()) {
      details.field_violations.push_back({violation.field(), violation.description()});
    }
  } else if (detail.UnpackTo(&retry_info)) {
    details.retry_delay = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::seconds(retry_info.retry_delay().seconds()) +
        std::chrono::nanoseconds(retry_info.retry_delay().nanos()));
  }
}

}  // namespace

bool IsWithheld(const absl::Status& status) {
  return absl::IsInternal(status) || absl::IsUnknown(status) ||
         (absl::IsUnavailable(status) && DetailsOf(status).reason.empty());
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) {
    return grpc::Status::OK;
  }
  const ErrorDetails details = DetailsOf(status);
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(PublicMessage(status));
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(details.reason.empty() ? absl::StatusCodeToString(status.code())
                                         : details.reason);
  info.mutable_metadata()->insert(details.metadata.begin(), details.metadata.end());
  proto.add_details()->PackFrom(info);
  AddRetryInfo(details, proto);
  AddBadRequest(details, proto);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), proto.message(),
                      proto.SerializeAsString());
}

google::rpc::Status ToProto(const grpc::Status& status) {
  google::rpc::Status proto;
  (void)proto.ParseFromString(status.error_details());  // of our own making
  return proto;
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  google::rpc::Status proto;
  if (!proto.ParseFromString(status.error_details())) {
    proto.Clear();
  }
  // What gRPC itself says counts; it is the same in each status of ToGrpcStatus.
  proto.set_code(status.error_code());
  proto.set_message(status.error_message());
  return FromProto(proto);
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status result(static_cast<absl::StatusCode>(proto.code()), proto.message());
  if (proto.details().empty()) {
    return result;
  }
  ErrorDetails details;
  for (const google::protobuf::Any& detail : proto.details()) {
    ReadDetail(detail, details);
  }
  return WithDetails(std::move(result), details);
}

}  // namespace orderflow::rpc
