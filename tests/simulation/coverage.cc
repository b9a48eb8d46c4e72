#include "tests/simulation/coverage.h"

#include <algorithm>
#include <string_view>

#include "fmt/format.h"

namespace orderflow::simulation {
namespace {

constexpr size_t kSize = static_cast<size_t>(Sometimes::kCount);

// In the order of the enumeration.
constexpr std::array<std::string_view, kSize> kNames{
    "commit_lost",
    "commit_in_doubt_applied",
    "commit_in_doubt_lost",
    "order_service_crash",
    "orchestrator_crash",
    "inventory_crash",
    "payment_crash",
    "notification_crash",
    "reader_paused",
    "rebalance",
    "producer_replaced",
    "clock_leap",
    "clock_skew",
    "timer_early",
    "long_outage",
    "request_sent_twice",
    "quote_unavailable",
    "reservations_short",
    "provider_request_lost",
    "provider_request_late",
    "provider_answer_lost",
    "repair",
    "provider_hold_lapsed",
    "payment_crash_before_write",
    "webhooks_sent",
    "webhook_lost",
    "webhook_sent_twice",
    "mailer_crash",
    "mailer_paused",
    "mail_refused_for_now",
    "mail_refused_for_good",
    "mail_in_doubt",
    "request_reread_after_doubt",
    "redelivered",
    "reader_fenced",
    "zombie_fenced",
    "zombie_in_time",
    "send_held_back",
    "keys_reordered",
    "aggregate_kept",
    "kept_aggregate_stale",
    "acknowledgement_lost",
    "record_sent_twice",
    "sweep_sent_again",
    "timer_late",
    "provider_asked_by_key",
    "provider_late_success",
    "provider_late_request_repeated",
    "provider_call_dropped",
    "answered_before_write",
    "answer_too_late_for_write",
    "asked_by_zombie",
    "hint_too_late",
    "hint_closed_operation",
    "hint_answered_nothing",
    "void_waited_for_authorization",
    "reservation_expired",
    "expired_reservation_committed",
    "expired_pieces_gone",
    "operator_added_stock",
    "event_before_earlier_one",
    "notification_repeated",
    "mail_taken_later",
    "mail_tries_ran_out",
    "mail_too_late",
    "mail_abandoned",
    "mail_claim_lost",
    "mail_outcome_fenced",
    "operator_retried",
    "operator_skipped",
    "operator_compensated",
    "operator_paused",
    "operator_resumed",
    "operator_parked",
    "operator_unparked",
    "step_paused",
    "repair_refused",
    "repair_repeated",
    "skip_not_proven",
    "skip_fenced",
    "order_confirmed",
    "order_rejected_out_of_stock",
    "order_rejected_declined",
    "order_stopped_by_operator",
    "order_cancelled_before_pivot",
    "order_cancelled_after_confirmation",
    "cancel_refused",
    "calm_schedule",
};

}  // namespace

std::string NameOf(Sometimes what) { return std::string(kNames[static_cast<size_t>(what)]); }

std::optional<Sometimes> FaultNamed(const std::string& name) {
  const auto end = kNames.begin() + kFaults;
  const auto found = std::find(kNames.begin(), end, name);
  return found == end ? std::nullopt
                      : std::optional(static_cast<Sometimes>(found - kNames.begin()));
}

void Coverage::Add(const Coverage& other) {
  for (size_t i = 0; i < kSize; ++i) {
    counts_[i] += other.counts_[i];
  }
  sagas_.Add(other.sagas_);
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> missing = sagas_.Missing();
  for (size_t i = 0; i < kSize; ++i) {
    if (counts_[i] == 0) {
      missing.emplace_back(kNames[i]);
    }
  }
  return missing;
}

std::string Coverage::Report() const {
  std::string report;
  for (size_t i = 0; i < kSize; ++i) {
    report += fmt::format("  {:44} {:>12}\n", kNames[i], counts_[i]);
  }
  return report + sagas_.Report();
}

}  // namespace orderflow::simulation
