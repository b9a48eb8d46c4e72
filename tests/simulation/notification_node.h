#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "services/notification/domain/delivery_batch.h"
#include "tests/simulation/consumer.h"

namespace orderflow::simulation {

// notification-service with its database: production codec, texts and delivery of batches on maps,
// and a mail server that refuses, and that takes a mail and does not say so.
class NotificationNode final : notification::DeliveryQueue,
                               notification::NotificationSender,
                               notification::DeliveryObserver,
                               notification::DeliveryTime {
 public:
  // Which notification: there is at most one of an order and event.
  using Key = std::pair<OrderId, notification::Event>;
  struct Row {
    notification::Notification notification{};
    Timestamp time{};  // of its next try while PENDING, of its claim while SENDING
  };

  NotificationNode(Environment& environment, const Broker& broker);

  // Something can be sent, or was left behind by a sender that died.
  bool HasDue() const;
  // What the thread that delivers does in one round.
  void Deliver();
  // Of whatever is not SENT or PARKED yet, by the true time.
  std::optional<Timestamp> NextDue() const;
  bool IsAtRest() const { return open_.empty(); }

  void Crash() { events_.Rebalance(); }
  void SetClockSkew(Duration skew) { clock_.SetSkew(skew); }

  Consumer& events() { return events_; }
  const std::map<Key, Row>& rows() const { return rows_; }
  // How often the mail server has delivered each.
  const std::map<Key, int>& mailbox() const { return mailbox_; }
  // Those that may end PARKED: the mail server refused them, or a fault left it in doubt.
  const std::set<Key>& excused() const { return excused_; }

 private:
  Consumer::Store HandleEvents(std::span<const messaging::Record> records);
  // DeliveryQueue
  absl::StatusOr<std::vector<notification::Notification>> Claim(int batch_max) override;
  absl::Status Record(std::span<const notification::DeliveryUpdate> updates) override;
  absl::StatusOr<int> ParkAbandoned(Duration age, int batch_max) override;
  // NotificationSender
  notification::SendResult Send(const notification::Notification& notification) override;
  // DeliveryObserver
  void OnTried(const notification::Notification& notification,
               const notification::SendResult& result,
               const notification::DeliveryUpdate& update) override;
  void OnAbandoned(int /*parked*/) override {}
  void OnError(const absl::Status& /*status*/) override {}
  // DeliveryTime
  SteadyTime Now() override;
  bool WaitForSlot() override;
  void WaitAfterError() override {}
  double Random01() override { return environment_.random.Unit(); }

  void Apply(const notification::DeliveryUpdate& update);
  void Die(const char* when);
  notification::SendResult Accept(const notification::Notification& notification);
  void Close(Row& row);

  Environment& environment_;
  SkewedClock clock_;  // the database's
  const notification::DeliveryOptions options_;
  std::map<Key, Row> rows_;
  std::vector<Row*> open_;  // those that are PENDING or SENDING, oldest first
  std::map<Key, int> mailbox_;
  std::set<Key> excused_;
  std::vector<Key> in_hand_;  // of the round under way
  bool is_dead_ = false;      // the process died in the round under way: nothing of it happens
  Consumer events_;
};

}  // namespace orderflow::simulation
