// Records that nobody of ours has sent: everything that passes sent again, also in another order
// and in other company, and records that nobody can read.
#include <algorithm>
#include <atomic>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/packed_messages.h"
#include "libs/messaging/testing/pack.h"
#include "libs/messaging/topics.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

using messaging::Record;

constexpr size_t kRecordsAtLeast = 120;
constexpr size_t kBatchMax = 500;

// A topic, whose consumer works it off, and in which database that one keeps its progress.
struct Topic {
  const char* name;
  const char* owner;
  const char* database;
};
constexpr Topic kTopics[] = {
    {messaging::kInventoryCommands, "inventory-service", "INVENTORY"},
    {messaging::kPaymentCommands, "payment-service", "PAYMENTS"},
    {messaging::kOrderReplies, "saga-orchestrator", "ORDERS"},
    {messaging::kOrderEvents, "notification-service", "NOTIFICATIONS"},
};

messaging::KafkaOptions OptionsOf(Rig& rig) {
  messaging::KafkaOptions options;
  options.bootstrap_servers = rig.Setting("ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS");
  options.client_id = "nemesis";
  options.security = rig.KafkaLogin();
  return options;
}

// Sends all and waits for the broker's acknowledgements.
absl::Status SendAll(Rig& rig, const std::vector<Record>& records) {
  std::atomic<size_t> acknowledged = 0;
  ASSIGN_OR_RETURN(const auto producer, messaging::MakeKafkaProducer(OptionsOf(rig)));
  for (const Record& record : records) {
    RETURN_IF_ERROR(producer->Send(record, [&acknowledged](const absl::Status& status) {
      acknowledged += status.ok() ? 1 : 0;
    }));
  }
  return Await([&] { return acknowledged == records.size(); },
               fmt::format("{} records are acknowledged", records.size()));
}

// Waits until the owner of a topic has committed the effects of all that is in it now. Its progress
// moves in the transaction that holds them, so nothing before it was passed over.
absl::Status AwaitHandled(Rig& rig, const Topic& topic) {
  ASSIGN_OR_RETURN(
      const std::string ends,
      rig.Run(fmt::format("for partition in $(seq 0 $((KAFKA_TOPIC_PARTITIONS - 1))); do "
                          "kcat -b \"$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS\" -Q "
                          "-t {}:$partition:-1 || exit 1; done",
                          topic.name)));
  // Lines like "order.events [0] offset 123".
  std::string behind = "FALSE";
  std::istringstream words(ends);
  std::string name;
  std::string partition;
  std::string label;
  for (int64_t end = 0; words >> name >> partition >> label >> end;) {
    if (end > 0) {
      behind += fmt::format(
          " OR NOT EXISTS (SELECT FROM consumer_progress WHERE topic = '{}' AND partition = {} "
          "AND next_offset >= {})",
          topic.name, partition.substr(1, partition.size() - 2), end);
    }
  }
  if (!words.eof() || behind == "FALSE") {
    return absl::UnavailableError(fmt::format("no ends of {} in '{}'", topic.name, ends));
  }
  return Await(
      [&] {
        const auto left =
            rig.Count(topic.database, fmt::format("SELECT CASE WHEN {} THEN 1 ELSE 0 END", behind));
        return left.ok() && *left == 0;
      },
      fmt::format("{} has handled all of {}", topic.owner, topic.name));
}

// What passes through a topic from now on.
class Tap {
 public:
  static absl::StatusOr<std::vector<Record>> Read(Rig& rig, const std::string& topic) {
    ASSIGN_OR_RETURN(const auto consumer,
                     messaging::MakeKafkaBroadcastConsumer(OptionsOf(rig), topic));
    std::vector<Record> records;
    RETURN_IF_ERROR(Await(
        [&] {
          const auto batch = consumer->PollBatch(kBatchMax, std::chrono::milliseconds(200));
          if (batch.ok()) {
            records.insert(records.end(), batch->begin(), batch->end());
          }
          return records.size() >= kRecordsAtLeast;
        },
        fmt::format("{} records of {}", kRecordsAtLeast, topic)));
    consumer->Close();
    return records;
  }
};

void Shuffle(std::vector<Record>& records, Random& random) {
  for (size_t i = records.size(); i > 1; --i) {
    std::swap(records[i - 1], records[random.Below(i)]);
  }
}

// The messages in records of two at the most, where the topic may have such: other company than
// they came in.
std::vector<Record> InOtherCompany(const std::vector<Record>& messages) {
  const std::vector<std::string> packed_topics = messaging::PackedTopics();
  std::map<std::pair<int32_t, std::string>, std::vector<Record>> waiting;  // by partition, source
  std::vector<Record> records;
  for (const Record& message : messages) {
    const std::string* source = message.headers.Find(messaging::kHeaderSource);
    if (std::count(packed_topics.begin(), packed_topics.end(), message.topic) == 0 ||
        source == nullptr || message.headers.Find(messaging::kHeaderRedrivenFrom) != nullptr) {
      records.push_back(message);
      continue;
    }
    std::vector<Record>& together = waiting[{message.partition, *source}];
    together.push_back(message);
    if (together.size() == 2) {
      records.push_back(messaging::Pack(together));
      together.clear();
    }
  }
  for (const auto& [where, left] : waiting) {
    records.insert(records.end(), left.begin(), left.end());
  }
  return records;
}

// Records of a topic again: as they came, or in any order, several times, every other time in other
// company.
class RepeatedRecords final : public Fault {
 public:
  RepeatedRecords(const Topic& topic, bool shuffled, int times, uint64_t seed)
      : topic_(topic), shuffled_(shuffled), times_(times), random_(seed) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const std::vector<Record> records, Tap::Read(rig, topic_.name));
    Begin();
    for (int time = 0; time < times_; ++time) {
      std::vector<Record> again = records;
      if (shuffled_) {
        Shuffle(again, random_);
      }
      RETURN_IF_ERROR(SendAll(rig, time % 2 == 0 ? InOtherCompany(again) : again));
    }
    RETURN_IF_ERROR(AwaitHandled(rig, topic_));
    return fmt::format("{} records of {} came {} times more, and {} has handled them all",
                       records.size(), topic_.name, times_, topic_.owner);
  }
  absl::Status Heal(Rig& /*rig*/) override { return absl::OkStatus(); }

 private:
  const Topic topic_;
  const bool shuffled_;
  const int times_;
  Random random_;
};

// Records that nobody can read, among those of every topic: each must end as a dead letter, and
// nothing else may.
class PoisonRecords final : public Fault {
 public:
  explicit PoisonRecords(uint64_t seed) : seed_(seed) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    std::vector<Record> records;
    for (const Topic& topic : kTopics) {
      // A packed record that cannot be unpacked.
      records.push_back(
          {.topic = topic.name,
           .key = fmt::format("poison-{}-{}", seed_, records.size()),
           .value = "\x08\x02 and no more",
           .headers = {{messaging::kHeaderContentType, messaging::kPackedContentType}}});
      rig.ExpectDeadLetter(fmt::format("{} {}", topic.name, records.back().key));
      // A known and an unknown type with bytes that are none of it, no headers, no value.
      for (const auto& [type, value] : std::map<std::string, std::string>{
               {"", "\xff\xfe poison"},
               {"orderflow.Unheard", "?"},
               {"orderflow.order.v1.OrderConfirmed", "\xff"},
               {"orderflow.inventory.v1.ReserveStock", ""},
               {"orderflow.payment.v1.AuthorizePayment", "\x07\x07"}}) {
        Record record{.topic = topic.name,
                      .key = fmt::format("poison-{}-{}", seed_, records.size()),
                      .value = value,
                      .headers = {}};
        if (!type.empty()) {
          record.headers.Set(messaging::kHeaderType, type);
        }
        rig.ExpectDeadLetter(fmt::format("{} {}", topic.name, record.key));
        records.push_back(std::move(record));
      }
    }
    Begin();
    RETURN_IF_ERROR(SendAll(rig, records));
    const std::vector<std::string> expected = rig.expected_dead_letters();
    RETURN_IF_ERROR(Await(
        [&] {
          const auto letters = rig.ReadDeadLetters();
          return letters.ok() && letters->size() >= expected.size();
        },
        "all of them are dead letters"));
    return fmt::format("{} records parked", records.size());
  }
  absl::Status Heal(Rig& /*rig*/) override { return absl::OkStatus(); }

 private:
  const uint64_t seed_;
};

}  // namespace

std::vector<FaultKind> RecordFaults() {
  std::vector<FaultKind> kinds;
  for (const Topic& topic : kTopics) {
    for (const bool shuffled : {false, true}) {
      kinds.push_back({fmt::format("{}-{}", shuffled ? "reordered" : "duplicate", topic.name),
                       {"kafka", topic.owner},
                       [topic, shuffled](Random& random) {
                         const int times = 1 + static_cast<int>(random.Below(3));
                         return std::make_unique<RepeatedRecords>(topic, shuffled, times,
                                                                  random.Next());
                       }});
    }
  }
  kinds.push_back({"poison", {"kafka"}, [](Random& random) {
                     return std::make_unique<PoisonRecords>(random.Below(1'000'000'000));
                   }});
  return kinds;
}

}  // namespace orderflow::fault
