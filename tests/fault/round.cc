#include "tests/fault/round.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "libs/rpc/channel.h"
#include "libs/testing/eventually.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "tests/fault/customers.h"
#include "tests/fault/history.h"
#include "tools/orderctl/new_id.h"

namespace orderflow::fault {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kHealBound(60);
constexpr std::chrono::seconds kMailBound(60);
constexpr std::chrono::seconds kLogBound(10);  // mailbox and log of events can be read
constexpr std::chrono::seconds kWarmUpBound(30);
constexpr std::chrono::seconds kCallTimeout(4);
constexpr int kOrdersAround = 15;  // acknowledged before the fault, and again after it
constexpr int kSecondsToCheckMin = 5;

class Round {
 public:
  Round(Rig& rig, Plan& plan, StackRecord& record)
      : rig_(rig),
        plan_(plan),
        record_(record),
        channel_(rpc::MakeChannel(rig.api_address(), {.credentials = rig.Credentials()})),
        api_(orderctl::MakeGrpcOrderApi(channel_, kCallTimeout)),
        stub_(order::v1::OrderService::NewStub(channel_)) {}

  RoundResult Play() {
    // The end of an id is its random part.
    Customers customers(*api_, *stub_, orderctl::NewId().substr(24), history_);
    if (!customers.AwaitAcknowledged(0, kOrdersAround, SteadyClock::now() + kWarmUpBound)) {
      Violate("no orders are acknowledged before the fault");
    }
    StrikeAndHeal(customers);
    healed_ = SteadyClock::now();
    if (!customers.AwaitAcknowledged(history_.acknowledged(), kOrdersAround,
                                     healed_ + kHealBound)) {
      Violate("no orders are acknowledged after the fault");
    }
    customers.Finish(healed_ + kHealBound);
    Verify();
    CompareDeadLetters();
    CountAnswers();
    if (const auto orders = OrdersOf(customers.ids()); orders.ok()) {
      CompareHistory(*orders);
      CompareEventLog(*orders);
    } else {
      Violate("orders cannot be read: " + orders.status().ToString());
    }
    CompareMailbox(customers.ids());
    return result_;
  }

 private:
  void Violate(const std::string& what) { result_.violations.push_back(what); }
  void ViolateAll(const std::vector<std::string>& all) {
    result_.violations.insert(result_.violations.end(), all.begin(), all.end());
  }

  void StrikeAndHeal(const Customers& customers) {
    const int before = history_.acknowledged();
    history_.MustAccept(plan_.api_stays_up);
    const auto effect = plan_.fault->Strike(rig_);
    result_.hit = effect.ok();
    result_.effect = effect.ok() ? *effect : "did not hit: " + effect.status().ToString();
    if (plan_.api_stays_up) {
      if (!customers.AwaitAcknowledged(before, kOrdersAround, SteadyClock::now() + kWarmUpBound)) {
        Violate("no orders are acknowledged while only others are down");
      }
      result_.effect += fmt::format(", {} orders accepted", history_.acknowledged() - before);
    }
    history_.MustAccept(false);
    if (const absl::Status healed = plan_.fault->Heal(rig_); !healed.ok()) {
      Violate("not healed: " + healed.ToString());
    }
  }

  // A sender that died in the middle of a try keeps its mail until notification-service parks it,
  // 20 s later: everything else is at rest before.
  void Verify() {
    RunChecker("--pending-mail-ok", std::chrono::duration_cast<std::chrono::seconds>(
                                        healed_ + kHealBound - SteadyClock::now()));
    result_.time_to_heal =
        std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - healed_);
    RunChecker("", kMailBound);
  }

  // Reports all lines of the checker but those that say ok.
  void RunChecker(const std::string& option, std::chrono::seconds bound) {
    const auto report = rig_.Run(
        fmt::format("\"$ORDERFLOW_BUILD_DIR/bin/orderctl\" verify --quiesced {} --within {} > "
                    "\"$ORDERFLOW_STATE_DIR/verify.txt\" || {{ code=$?; grep -v '^ok ' "
                    "\"$ORDERFLOW_STATE_DIR/verify.txt\"; exit $code; }}",
                    option, std::max<int64_t>(bound.count(), kSecondsToCheckMin)));
    if (!report.ok()) {
      Violate(report.status().ToString());
    }
  }

  void CompareDeadLetters() {
    const auto letters = rig_.ReadDeadLetters();
    if (!letters.ok()) {
      Violate("dead letters cannot be read: " + letters.status().ToString());
    } else if (*letters != rig_.expected_dead_letters()) {
      Violate(fmt::format("{} dead letters instead of {}", letters->size(),
                          rig_.expected_dead_letters().size()));
    }
  }

  absl::StatusOr<std::vector<order::v1::Order>> OrdersOf(
      const std::vector<std::string>& customers) {
    std::vector<order::v1::Order> orders;
    for (const std::string& customer : customers) {
      ASSIGN_OR_RETURN(const std::vector<std::string> ids, api_->List(customer));
      for (const std::string& id : ids) {
        ASSIGN_OR_RETURN(orders.emplace_back(), api_->Get(id));
      }
    }
    return orders;
  }

  void CountAnswers() {
    result_.acknowledged = history_.acknowledged();
    for (const RequestLog& log : history_.requests()) {
      ++result_.orders;
      result_.unknown += log.unknown_answers;
    }
    ViolateAll(history_.violations());
  }

  void CompareHistory(const std::vector<order::v1::Order>& orders) {
    const Comparison comparison = Compare(history_.requests(), orders);
    result_.acknowledged_lost = comparison.acknowledged_lost;
    ViolateAll(comparison.violations);
    record_.orders += static_cast<int64_t>(orders.size());
    const auto stored = rig_.Count("ORDERS", "SELECT COUNT(*) FROM orders");
    if (!stored.ok() || *stored != record_.orders) {
      Violate(fmt::format("{} orders are stored, clients know of {}", stored.value_or(-1),
                          record_.orders));
    }
  }

  absl::StatusOr<std::vector<NotificationRow>> NotificationsOf(
      const std::vector<std::string>& customers) {
    ASSIGN_OR_RETURN(
        const std::string text,
        rig_.Run(fmt::format("psql -X -At -F '\t' \"$ORDERFLOW_VERIFY_NOTIFICATIONS_URL\" -c "
                             "\"SELECT recipient, subject, state FROM notifications "
                             "WHERE customer_id IN ('{}')\"",
                             fmt::join(customers, "','"))));
    std::vector<NotificationRow> rows;
    std::istringstream lines(text);
    for (NotificationRow row; std::getline(lines, row.recipient, '\t') &&
                              std::getline(lines, row.subject, '\t') &&
                              std::getline(lines, row.state);) {
      rows.push_back(row);
    }
    return rows;
  }

  void CompareMailbox(const std::vector<std::string>& customers) {
    const auto notifications = NotificationsOf(customers);
    if (!notifications.ok()) {
      Violate("notifications cannot be read: " + notifications.status().ToString());
      return;
    }
    // The catcher may show a mail a moment after it has taken it.
    std::vector<std::string> violations;
    testing::Eventually(
        [&] {
          const absl::Status read = record_.mailbox.Read();
          violations = read.ok() ? CompareMails(*notifications, record_.mailbox.mails())
                                 : std::vector<std::string>{read.ToString()};
          return violations.empty();
        },
        kLogBound);
    record_.mailbox.ForgetAll();
    ViolateAll(violations);
  }

  void CompareEventLog(const std::vector<order::v1::Order>& orders) {
    std::set<std::string> poison;
    const std::string prefix = fmt::format("{} ", messaging::kOrderEvents);
    for (const std::string& letter : rig_.expected_dead_letters()) {
      if (letter.rfind(prefix, 0) == 0) {
        poison.insert(letter.substr(prefix.size()));
      }
    }
    if (record_.topics_made_anew != rig_.topics_made_anew()) {
      record_.topics_made_anew = rig_.topics_made_anew();
      record_.events.StartOver();
    }
    absl::Status read;
    testing::Eventually(
        [&] {
          read = record_.events.Read(poison);
          return read.ok();
        },
        kLogBound);
    if (!read.ok()) {
      Violate("the log of events cannot be read: " + read.ToString());
      return;
    }
    record_.events.Know(orders);
    ViolateAll(CompareEvents(orders, record_.events.sequences(), record_.events.known()));
  }

  Rig& rig_;
  Plan& plan_;
  StackRecord& record_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<orderctl::OrderApi> api_;
  const std::unique_ptr<order::v1::OrderService::Stub> stub_;
  ClientHistory history_;
  RoundResult result_;
  SteadyClock::time_point healed_;
};

}  // namespace

RoundResult PlayRound(Rig& rig, Plan& plan, StackRecord& record) {
  return Round(rig, plan, record).Play();
}

std::string RoundLine(int round, const Plan& plan, const RoundResult& result) {
  return fmt::format(
      "round={} seed={} {}: {} | orders={} acknowledged={} unknown={} heal_s={:.1f} violations={}",
      round, plan.seed, plan.fault_name, result.effect, result.orders, result.acknowledged,
      result.unknown, static_cast<double>(result.time_to_heal.count()) / 1e3,
      result.violations.size());
}

}  // namespace orderflow::fault
