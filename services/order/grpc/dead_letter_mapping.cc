#include "services/order/grpc/dead_letter_mapping.h"

#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/proto_time.h"
#include "libs/rpc/recorded_actor.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/message_text.h"

namespace orderflow::order {
namespace {

constexpr size_t kTextSizeMax = 500;
constexpr char kKindPrefix[] = "DEAD_LETTER_ACTION_KIND_";
constexpr char kTopicSuffix[] = ".dlq";

std::optional<DeadLetterActionKind> FromProto(v1::DeadLetterActionKind kind) {
  const std::string& name = v1::DeadLetterActionKind_Name(kind);
  constexpr size_t kPrefixSize = sizeof(kKindPrefix) - 1;
  return name.size() > kPrefixSize ? ParseDeadLetterActionKind(name.substr(kPrefixSize))
                                   : std::nullopt;
}

std::optional<DeadLetterState> FromProto(v1::DeadLetterState state) {
  switch (state) {
    case v1::DEAD_LETTER_STATE_OPEN:
      return DeadLetterState::kOpen;
    case v1::DEAD_LETTER_STATE_REDRIVEN:
      return DeadLetterState::kRedriven;
    case v1::DEAD_LETTER_STATE_DISCARDED:
      return DeadLetterState::kDiscarded;
    default:
      return std::nullopt;
  }
}

v1::DeadLetterState ToProto(DeadLetterState state) {
  switch (state) {
    case DeadLetterState::kOpen:
      return v1::DEAD_LETTER_STATE_OPEN;
    case DeadLetterState::kRedriven:
      return v1::DEAD_LETTER_STATE_REDRIVEN;
    case DeadLetterState::kDiscarded:
      return v1::DEAD_LETTER_STATE_DISCARDED;
  }
  return v1::DEAD_LETTER_STATE_UNSPECIFIED;
}

DeadLetterId ValidateId(const v1::DeadLetterId& id, const std::vector<std::string>& topics,
                        const std::string& field, FieldViolations& violations) {
  violations.Check(std::find(topics.begin(), topics.end(), id.topic()) != topics.end(),
                   field + ".topic", fmt::format("must be one of {}", fmt::join(topics, ", ")));
  violations.Check(id.partition() >= 0, field + ".partition", "must not be negative");
  violations.Check(id.offset() >= 0, field + ".offset", "must not be negative");
  return {id.topic(), id.partition(), id.offset()};
}

DeadLetterRequest ValidateSettlement(const v1::DeadLetterSettlement& settlement,
                                     const rpc::Caller& caller, FieldViolations& violations) {
  const std::optional<DeadLetterActionKind> kind = FromProto(settlement.kind());
  violations.Check(kind.has_value(), "settlement.kind",
                   "is not an action of this version of the API");
  violations.Check(IsUuid(settlement.request_id()), "settlement.request_id", "must be a UUID");
  const std::string actor =
      rpc::RecordedActor(caller, settlement.actor(), "settlement.actor", violations);
  CheckReason(settlement.reason(), "settlement.reason", violations);
  return {.request_id = RequestId(LowerCaseUuid(settlement.request_id())),
          .kind = kind.value_or(DeadLetterActionKind::kDiscard),
          .actor = actor,
          .reason = settlement.reason(),
          .validate_only = settlement.validate_only()};
}

v1::DeadLetterId ToProto(const DeadLetterId& id) {
  v1::DeadLetterId proto;
  proto.set_topic(id.topic);
  proto.set_partition(id.partition);
  proto.set_offset(id.offset);
  return proto;
}

void AddHeaders(const DeadLetterHeaders& headers,
                google::protobuf::RepeatedPtrField<v1::DeadLetterHeader>& added) {
  for (const auto& [name, value] : headers) {
    v1::DeadLetterHeader& header = *added.Add();
    header.set_name(name);
    header.set_value(value);
  }
}

}  // namespace

absl::StatusOr<ListDeadLettersCall> ValidateListDeadLetters(
    const v1::ListDeadLettersRequest& request, const std::vector<std::string>& topics) {
  FieldViolations violations;
  const v1::DeadLetterFilter& filter = request.filter();
  ListDeadLettersCall call;
  for (int i = 0; i < filter.original_topics_size(); ++i) {
    call.topics.push_back(filter.original_topics(i) + kTopicSuffix);
    violations.Check(
        std::find(topics.begin(), topics.end(), call.topics.back()) != topics.end(),
        fmt::format("filter.original_topics[{}]", i),
        fmt::format("has no dead letter queue; there are {}", fmt::join(topics, ", ")));
  }
  if (call.topics.empty()) {
    call.topics = topics;
  }
  std::sort(call.topics.begin(), call.topics.end());
  call.topics.erase(std::unique(call.topics.begin(), call.topics.end()), call.topics.end());
  violations.Check(IsText(filter.key(), kTextSizeMax), "filter.key", "must be printable");
  violations.Check(IsText(filter.reason_part(), kTextSizeMax), "filter.reason_part",
                   "must be printable");
  const std::optional<DeadLetterState> state = FromProto(filter.state());
  violations.Check(state || filter.state() == v1::DEAD_LETTER_STATE_UNSPECIFIED, "filter.state",
                   "is not a state of this version of the API");
  violations.Check(filter.age_min().seconds() >= 0, "filter.age_min", "must not be negative");
  call.filter = {.key = filter.key(),
                 .reason_part = filter.reason_part(),
                 .state = state,
                 .age_min = std::chrono::seconds(filter.age_min().seconds())};
  call.limit = rpc::PageSize(request.page_size(), violations);
  const std::string from =
      rpc::DecodePageToken(request.page_token(), FilterKey(request), violations);
  if (!from.empty()) {
    call.from = ParseDeadLetterId(from);
    violations.Check(call.from.has_value(), "page_token", "was not issued by this service");
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return call;
}

std::string FilterKey(const v1::ListDeadLettersRequest& request) {
  return request.filter().SerializeAsString();
}

absl::StatusOr<DeadLetterId> ValidateGetDeadLetter(const v1::GetDeadLetterRequest& request,
                                                   const std::vector<std::string>& topics) {
  FieldViolations violations;
  DeadLetterId id = ValidateId(request.id(), topics, "id", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return id;
}

absl::StatusOr<SettleCall> ValidateBatchSettleDeadLetters(
    const v1::BatchSettleDeadLettersRequest& request, const std::vector<std::string>& topics,
    const rpc::Caller& caller) {
  FieldViolations violations;
  SettleCall call{.ids = {},
                  .request = ValidateSettlement(request.settlement(), caller, violations)};
  violations.Check(request.ids_size() >= 1 && request.ids_size() <= kSettleBatchMax, "ids",
                   fmt::format("must be 1 to {} dead letters", kSettleBatchMax));
  std::set<DeadLetterId> distinct;
  for (int i = 0; i < request.ids_size() && i < kSettleBatchMax; ++i) {
    const std::string field = fmt::format("ids[{}]", i);
    call.ids.push_back(ValidateId(request.ids(i), topics, field, violations));
    violations.Check(distinct.insert(call.ids.back()).second, field, "stands twice");
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return call;
}

absl::StatusOr<DeadLetterActionFilter> ValidateListDeadLetterActions(
    const v1::ListDeadLetterActionsRequest& request) {
  FieldViolations violations;
  DeadLetterActionFilter filter;
  violations.Check(IsText(request.key(), kTextSizeMax), "key", "must be printable");
  filter.key = request.key();
  filter.limit = rpc::PageSize(request.page_size(), violations);
  filter.before = rpc::DecodeUuidPageToken(request.page_token(), FilterKey(request), violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return filter;
}

std::string FilterKey(const v1::ListDeadLetterActionsRequest& request) { return request.key(); }

v1::DeadLetter ToProto(const DeadLetter& letter, const DeadLetterAction* action) {
  v1::DeadLetter proto;
  *proto.mutable_id() = ToProto(letter.id);
  proto.set_state(
      ToProto(action == nullptr ? DeadLetterState::kOpen : StateAfter(action->request.kind)));
  proto.set_original_topic(letter.original_topic);
  proto.set_original_partition(letter.original_partition);
  proto.set_original_offset(letter.original_offset);
  proto.set_first_offset(letter.first_offset);
  proto.set_key(letter.key);
  proto.set_message_type(letter.type);
  proto.set_reason(letter.reason);
  if (letter.park_time) {
    *proto.mutable_park_time() = rpc::ToProtoTime(*letter.park_time);
  }
  proto.set_value_size(static_cast<int64_t>(letter.value.size()));
  if (action != nullptr) {
    *proto.mutable_action() = ToProto(*action);
  }
  return proto;
}

v1::DeadLetter ToDetailedProto(const DeadLetter& letter, const DeadLetterAction* action) {
  v1::DeadLetter proto = ToProto(letter, action);
  AddHeaders(letter.headers, *proto.mutable_headers());
  if (std::optional<std::string> json = MessageToMaskedJson(letter.type, letter.value)) {
    proto.set_value_json(*std::move(json));
  } else {
    proto.set_value_hex(HexPreview(letter.value));
  }
  return proto;
}

v1::DeadLetterAction ToProto(const DeadLetterAction& action) {
  v1::DeadLetterAction proto;
  proto.set_action_id(action.action_id);
  *proto.mutable_id() = ToProto(action.letter.id);
  v1::DeadLetterSettlement& settlement = *proto.mutable_settlement();
  settlement.set_request_id(action.request.request_id.value());
  v1::DeadLetterActionKind kind = v1::DEAD_LETTER_ACTION_KIND_UNSPECIFIED;
  (void)v1::DeadLetterActionKind_Parse(kKindPrefix + ToString(action.request.kind), &kind);
  settlement.set_kind(kind);
  settlement.set_actor(action.request.actor);
  settlement.set_reason(action.request.reason);
  settlement.set_validate_only(action.request.validate_only);
  proto.set_state_before(v1::DEAD_LETTER_STATE_OPEN);
  proto.set_state_after(ToProto(StateAfter(action.request.kind)));
  proto.set_key(action.letter.key);
  proto.set_message_type(action.letter.type);
  proto.set_park_reason(action.letter.reason);
  proto.set_sent_topic(action.sent_topic);
  AddHeaders(action.sent_headers, *proto.mutable_sent_headers());
  *proto.mutable_create_time() = rpc::ToProtoTime(action.time);
  return proto;
}

v1::DeadLetterResult ToProto(const DeadLetterResult& result) {
  v1::DeadLetterResult proto;
  *proto.mutable_id() = ToProto(result.id);
  if (result.action.ok()) {
    *proto.mutable_action() = ToProto(*result.action);
  } else {
    *proto.mutable_error() =
        ErrorOfPart(result.action.status(), "BatchSettleDeadLetters", ToString(result.id));
  }
  return proto;
}

absl::Status DeadLetterNotFound(const DeadLetterId& id) {
  return TypedError(absl::StatusCode::kNotFound,
                    fmt::format("there is no dead letter {}", ToString(id)),
                    "DEAD_LETTER_NOT_FOUND");
}

}  // namespace orderflow::order
