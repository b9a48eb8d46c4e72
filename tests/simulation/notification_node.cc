#include "tests/simulation/notification_node.h"

#include <algorithm>

#include "libs/base/invariant.h"
#include "services/notification/messaging/order_event_codec.h"

namespace orderflow::simulation {
namespace {

using notification::DeliveryUpdate;
using notification::Notification;
using notification::SendOutcome;
using notification::SendResult;
using notification::State;

constexpr double kMailerCrash = 0.01;    // before a mail; as often behind it
constexpr double kMailerPaused = 0.02;   // before a mail
constexpr double kLongPause = 0.5;       // of pauses: somebody else takes the sender for dead
constexpr double kRefusedForNow = 0.08;  // of mails
constexpr double kRefusedForGood = 0.02;
constexpr double kInDoubt = 0.03;
constexpr double kTakenInDoubt = 0.5;
constexpr double kClaimNotFound = 0.3;  // of claims whose commit was in doubt
constexpr int kAttemptsMax = 3;         // few, so that they run out

notification::DeliveryOptions Options() {
  notification::DeliveryOptions options;
  options.policy.attempts_max = kAttemptsMax;
  return options;
}

NotificationNode::Key KeyOf(const Notification& notification) {
  return {notification.order_id, notification.event};
}

}  // namespace

NotificationNode::NotificationNode(Environment& environment, const Broker& broker)
    : environment_(environment),
      clock_(environment.clock),
      options_(Options()),
      events_(
          environment, broker, Topic::kOrderEvents,
          [this](std::span<const messaging::Record> records) { return HandleEvents(records); }) {}

// One notification of an order and event, as the table's unique key has it.
Consumer::Store NotificationNode::HandleEvents(std::span<const messaging::Record> records) {
  auto notifications = notification::NotificationsOf(records, environment_.ids);
  INVARIANT(notifications.ok(), "order-service writes well-formed events");
  return [this, notifications = *std::move(notifications)](bool /*known*/) mutable {
    for (Notification& notification : notifications) {
      const Key key = KeyOf(notification);
      const auto [row, is_new] = rows_.try_emplace(key, Row{std::move(notification), clock_.Now()});
      if (is_new) {
        open_.push_back(&row->second);
      } else {
        environment_.coverage.Hit(Sometimes::kNotificationRepeated);
      }
    }
  };
}

bool NotificationNode::HasDue() const {
  const auto next = NextDue();
  return next && *next <= environment_.clock.Now();
}

std::optional<Timestamp> NotificationNode::NextDue() const {
  std::optional<Timestamp> earliest;
  for (const Row* row : open_) {
    const Timestamp due =
        row->notification.state == State::kSending ? row->time + options_.abandoned_age : row->time;
    earliest = earliest ? std::min(*earliest, due) : due;
  }
  return earliest ? std::optional(clock_.TruthAt(*earliest)) : std::nullopt;
}

void NotificationNode::Deliver() {
  is_dead_ = false;
  in_hand_.clear();
  notification::DeliverBatch({*this, *this, *this, *this}, options_);
  in_hand_.clear();
  if (!is_dead_) {
    ParkAbandoned(options_.abandoned_age, options_.batch_max).status().IgnoreError();
  }
}

absl::StatusOr<std::vector<Notification>> NotificationNode::Claim(int batch_max) {
  std::vector<Row*> due;
  for (Row* row : open_) {
    if (row->notification.state == State::kPending && row->time <= clock_.Now() &&
        static_cast<int>(due.size()) < batch_max) {
      due.push_back(row);
    }
  }
  std::vector<Notification> claimed;
  if (due.empty()) {
    return claimed;
  }
  claimed.reserve(due.size());
  const std::string claim_id = environment_.ids.NewId();
  const CommitFate fate = environment_.DrawCommit();
  if (fate == CommitFate::kLost) {
    return absl::UnavailableError("the database is away");
  }
  if (!IsApplied(fate)) {
    return claimed;  // looked for by its id, and not there
  }
  for (Row* row : due) {
    Notification& notification = row->notification;
    notification.state = State::kSending;
    notification.claim_id = claim_id;
    ++notification.attempts;
    row->time = clock_.Now();
    in_hand_.push_back(KeyOf(notification));
    claimed.push_back(notification);
  }
  environment_.Trace("notification: claims {}", claimed.size());
  if (fate == CommitFate::kInDoubtApplied && environment_.random.Chance(kClaimNotFound)) {
    environment_.coverage.Hit(Sometimes::kMailClaimLost);
    excused_.insert(in_hand_.begin(), in_hand_.end());
    return absl::UnavailableError("the database is away while a claim in doubt is looked for");
  }
  return claimed;
}

absl::Status NotificationNode::Record(std::span<const DeliveryUpdate> updates) {
  if (is_dead_) {
    return absl::OkStatus();
  }
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    for (const DeliveryUpdate& update : updates) {
      Apply(update);
    }
  }
  return fate == CommitFate::kCommitted ? absl::OkStatus()
                                        : absl::UnavailableError("the database is away");
}

// Fenced by the claim, as the statement has it.
void NotificationNode::Apply(const DeliveryUpdate& update) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Row* row) {
    return row->notification.notification_id == update.notification_id;
  });
  if (found == open_.end() || (*found)->notification.state != State::kSending ||
      (*found)->notification.claim_id != update.claim_id) {
    environment_.coverage.Hit(Sometimes::kMailOutcomeFenced);
    return;
  }
  Row& row = **found;
  row.notification.state = update.state;
  row.notification.attempts = update.attempts;
  row.notification.last_error = update.last_error;
  row.time = clock_.Now() + update.retry_delay;
  if (update.state != State::kPending) {
    Close(row);
  }
}

absl::StatusOr<int> NotificationNode::ParkAbandoned(Duration age, int batch_max) {
  int parked = 0;
  const std::vector<Row*> open = open_;
  for (Row* row : open) {
    if (row->notification.state == State::kSending && row->time + age <= clock_.Now() &&
        parked < batch_max) {
      environment_.coverage.Hit(Sometimes::kMailAbandoned);
      row->notification.state = State::kParked;
      Close(*row);
      ++parked;
    }
  }
  return parked;
}

void NotificationNode::Close(Row& row) {
  environment_.Trace("notification: {} of {} is {}", notification::ToString(row.notification.event),
                     row.notification.order_id.value(),
                     notification::ToString(row.notification.state));
  std::erase(open_, &row);
}

SendResult NotificationNode::Send(const Notification& notification) {
  if (!is_dead_ && environment_.Fault(Sometimes::kMailerCrash, kMailerCrash)) {
    Die("before a mail");
  }
  if (is_dead_) {
    return {SendOutcome::kNotTried, ""};
  }
  if (environment_.Fault(Sometimes::kMailRefusedForNow, kRefusedForNow)) {
    return {SendOutcome::kTryLater, "450 later"};
  }
  if (environment_.Fault(Sometimes::kMailRefusedForGood, kRefusedForGood)) {
    excused_.insert(KeyOf(notification));
    return {SendOutcome::kRefused, "550 no such mailbox"};
  }
  SendResult result = Accept(notification);
  if (environment_.Fault(Sometimes::kMailerCrash, kMailerCrash)) {
    Die("behind a mail");
  }
  return result;
}

SendResult NotificationNode::Accept(const Notification& notification) {
  const Key key = KeyOf(notification);
  const bool is_in_doubt = environment_.Fault(Sometimes::kMailInDoubt, kInDoubt);
  if (!is_in_doubt || environment_.random.Chance(kTakenInDoubt)) {
    ++mailbox_[key];
    environment_.Trace("mail server: takes {} of {}", notification::ToString(key.second),
                       key.first.value());
    if (notification.attempts > 1) {
      environment_.coverage.Hit(Sometimes::kMailTakenLater);
    }
  }
  if (is_in_doubt) {
    excused_.insert(key);
    return {SendOutcome::kInDoubt, "connection lost behind DATA"};
  }
  return {SendOutcome::kAccepted, ""};
}

// Nobody knows of the claims in hand any more.
void NotificationNode::Die(const char* when) {
  environment_.Trace("notification-service crashes {}", when);
  is_dead_ = true;
  excused_.insert(in_hand_.begin(), in_hand_.end());
}

void NotificationNode::OnTried(const Notification& notification, const SendResult& result,
                               const DeliveryUpdate& update) {
  if (is_dead_) {
    return;
  }
  if (result.outcome == SendOutcome::kNotTried) {
    environment_.coverage.Hit(Sometimes::kMailTooLate);
  }
  if (result.outcome == SendOutcome::kTryLater && update.state == State::kParked) {
    environment_.coverage.Hit(Sometimes::kMailTriesRanOut);
    excused_.insert(KeyOf(notification));
  }
}

notification::DeliveryTime::SteadyTime NotificationNode::Now() {
  return SteadyTime(environment_.clock.Now().time_since_epoch());
}

// The process is sometimes paused there; when that is for long, another one parks what it has.
bool NotificationNode::WaitForSlot() {
  if (is_dead_ || !environment_.Fault(Sometimes::kMailerPaused, kMailerPaused)) {
    return true;
  }
  const bool is_long = environment_.random.Chance(kLongPause);
  environment_.Trace("notification-service is paused with {} claimed", in_hand_.size());
  environment_.clock.Advance(is_long ? 2 * options_.abandoned_age : 2 * options_.claim_age_max);
  if (is_long) {
    excused_.insert(in_hand_.begin(), in_hand_.end());
    ParkAbandoned(options_.abandoned_age, options_.batch_max).status().IgnoreError();
  }
  return true;
}

}  // namespace orderflow::simulation
