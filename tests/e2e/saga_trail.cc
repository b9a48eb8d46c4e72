#include "tests/e2e/saga_trail.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/topics.h"
#include "libs/rpc/proto_time.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "orderflow/payment/v1/payment_commands.pb.h"
#include "services/order/messaging/saga_reply_codec.h"
#include "services/order/sagas/refusal_codec.h"

namespace orderflow::e2e {
namespace {

using messaging::Record;

absl::Status Undecodable(const Record& record) {
  return absl::DataLossError(fmt::format("{}[{}] at offset {} cannot be decoded", record.topic,
                                         record.partition, record.offset));
}

// When the message was made.
Timestamp TimeOf(const Record& record) {
  google::protobuf::Timestamp time;
  google::protobuf::util::TimeUtil::FromString(record.headers.at(messaging::kHeaderTime), &time);
  return rpc::FromProtoTime(time);
}

// Gathers the records of some orders. A record that its relay has sent twice counts once.
class TrailCollector {
 public:
  explicit TrailCollector(const std::set<std::string>& order_ids) : order_ids_(order_ids) {}

  // What has no id was not sent by a relay.
  bool IsWanted(const Record& record) {
    const std::string* const id = record.headers.Find(messaging::kHeaderId);
    return id != nullptr && order_ids_.contains(record.key) && seen_.insert(*id).second;
  }

  template <class Command>
  absl::Status AddCommand(const Record& record) {
    Command message;
    if (!message.ParseFromString(record.value)) {
      return Undecodable(record);
    }
    const auto* const one_of = Command::descriptor()->FindOneofByName("command");
    const auto* const kind = Command::GetReflection()->GetOneofFieldDescriptor(message, one_of);
    const order::v1::SagaStepRef& ref = message.step();
    Add(record, ref.saga_id(),
        saga::Command{.step = ref.step(),
                      .command = kind == nullptr ? "" : kind->message_type()->name(),
                      .compensation = ref.compensation(),
                      .attempt = ref.attempt()});
    return absl::OkStatus();
  }

  absl::Status AddReply(const Record& record) {
    ASSIGN_OR_RETURN(auto reply, order::DecodeReply(record));
    Add(record, reply.saga_id.value(), std::move(reply.event));
    return absl::OkStatus();
  }

  // A cancel concerns the first saga, which has the order's id; the second one begins with it.
  absl::Status AddEvent(const Record& record) {
    order::v1::OrderEvent event;
    if (!event.ParseFromString(record.value)) {
      return Undecodable(record);
    }
    if (event.has_order_cancellation_started()) {
      const auto refusal = order::FromProto(event.order_cancellation_started().refusal());
      Add(record, record.key, saga::CancelRequested{order::EncodeRefusal(refusal)});
    }
    return absl::OkStatus();
  }

  std::vector<SagaTrail> Take() {
    std::vector<SagaTrail> trails;
    for (auto& [saga_id, trail] : trails_) {
      // What went out in the same millisecond went out because of what came in.
      std::stable_sort(trail.entries.begin(), trail.entries.end(),
                       [](const auto& a, const auto& b) {
                         const bool a_goes_out = std::holds_alternative<saga::Command>(a.what);
                         const bool b_goes_out = std::holds_alternative<saga::Command>(b.what);
                         return std::pair(a.time, a_goes_out) < std::pair(b.time, b_goes_out);
                       });
      trails.push_back(std::move(trail));
    }
    return trails;
  }

 private:
  template <class What>
  void Add(const Record& record, const std::string& saga_id, What what) {
    SagaTrail& trail = trails_[saga_id];
    trail.saga_id = SagaId(saga_id);
    trail.order_id = OrderId(record.key);
    trail.entries.push_back({TimeOf(record), std::move(what)});
  }

  const std::set<std::string>& order_ids_;
  std::set<std::string> seen_;  // message ids
  std::map<std::string, SagaTrail> trails_;
};

// Plays a trail through the engine.
class TrailPlayer {
 public:
  TrailPlayer(const saga::SagaDefinition& definition, const SagaTrail& trail)
      : definition_(definition) {
    history_.definition = definition.name;
    history_.version = definition.version;
    history_.saga_id = trail.saga_id;
    history_.order_id = trail.order_id;
    history_.start = {.now = trail.entries.empty() ? Timestamp() : trail.entries.front().time};
    Adopt(saga::Engine::Start(definition, trail.saga_id, trail.order_id, history_.start));
  }

  absl::Status Tell(Timestamp time, const saga::Event& event) {
    const saga::EngineContext context{.now = time};
    auto next = saga::Engine::Apply(definition_, saga_, event, context);
    if (absl::IsFailedPrecondition(next.status())) {
      return absl::OkStatus();  // a cancel that came too late for this saga
    }
    RETURN_IF_ERROR(next.status());
    if (next->changed) {
      history_.events.emplace_back(context, event);
      Adopt(*std::move(next));
    }
    return absl::OkStatus();
  }

  absl::Status Expect(Timestamp time, const saga::Command& command) {
    if (!TakeSent(command)) {
      const auto due = saga::NextActionAt(saga_);
      RETURN_IF_ERROR(Tell(due ? std::max(time, *due) : time, saga::TimerFired{}));
      if (!TakeSent(command)) {
        return Contradiction(command, "went out, but the engine does not send it");
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<testing::SagaHistory> End() {
    if (!sent_.empty()) {
      return Contradiction(sent_.front(), "is sent by the engine, but did not go out");
    }
    if (!saga::IsTerminal(saga_.state)) {
      return absl::DataLossError(fmt::format("saga {} is {} at the end of what the broker holds",
                                             saga_.saga_id.value(), saga::ToString(saga_.state)));
    }
    return std::move(history_);
  }

 private:
  void Adopt(saga::Transition transition) {
    saga_ = std::move(transition.saga);
    sent_.insert(sent_.end(), transition.commands.begin(), transition.commands.end());
  }

  bool TakeSent(const saga::Command& command) {
    const auto found = std::find(sent_.begin(), sent_.end(), command);
    if (found == sent_.end()) {
      return false;
    }
    sent_.erase(found);
    return true;
  }

  absl::Status Contradiction(const saga::Command& command, const char* what) const {
    return absl::DataLossError(fmt::format("saga {}: {} of step {}, attempt {}, {}",
                                           saga_.saga_id.value(), command.command, command.step,
                                           command.attempt, what));
  }

  const saga::SagaDefinition& definition_;
  saga::SagaInstance saga_;
  std::vector<saga::Command> sent_;  // by the engine, not yet seen in the trail
  testing::SagaHistory history_;
};

}  // namespace

absl::StatusOr<std::vector<SagaTrail>> ReadSagaTrails(TopicReader& topics,
                                                      const std::set<std::string>& order_ids) {
  TrailCollector collector(order_ids);
  using Add = absl::Status (TrailCollector::*)(const Record&);
  const std::pair<const char*, Add> sources[] = {
      {messaging::kInventoryCommands, &TrailCollector::AddCommand<inventory::v1::InventoryCommand>},
      {messaging::kPaymentCommands, &TrailCollector::AddCommand<payment::v1::PaymentCommand>},
      {messaging::kOrderReplies, &TrailCollector::AddReply},
      {messaging::kOrderEvents, &TrailCollector::AddEvent}};
  for (const auto& source : sources) {
    RETURN_IF_ERROR(topics.ReadOn(source.first, [&](const Record& record) {
      return collector.IsWanted(record) ? (collector.*source.second)(record) : absl::OkStatus();
    }));
  }
  return collector.Take();
}

absl::StatusOr<testing::SagaHistory> HistoryOf(const saga::SagaDefinition& definition,
                                               const SagaTrail& trail) {
  TrailPlayer player(definition, trail);
  for (const auto& [time, what] : trail.entries) {
    if (const auto* command = std::get_if<saga::Command>(&what)) {
      RETURN_IF_ERROR(player.Expect(time, *command));
    } else if (const auto* reply = std::get_if<saga::ReplyReceived>(&what)) {
      RETURN_IF_ERROR(player.Tell(time, *reply));
    } else {
      RETURN_IF_ERROR(player.Tell(time, std::get<saga::CancelRequested>(what)));
    }
  }
  return player.End();
}

}  // namespace orderflow::e2e
