#include "services/payment_provider_simulator/webhooks/webhook_sender.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::payment_provider_simulator {
namespace {

// Well formed, and nobody's.
constexpr char kForeignSecret[] = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr int kFirstSuccess = 200;
constexpr int kFirstRedirect = 300;

telemetry::Counter& TryCounter(telemetry::Metrics& metrics, const char* result) {
  return metrics.AddCounter("orderflow_provider_webhooks_total",
                            "Tries to deliver a webhook to the merchant, by how they ended.",
                            {{"result", result}});
}

}  // namespace

WebhookSender::WebhookSender(webhooks::SigningSecret secret, FaultInjector& faults,
                             const Clock& clock, telemetry::Metrics& metrics,
                             WebhookSenderOptions options)
    : secret_(std::move(secret)),
      foreign_secret_(*webhooks::SigningSecret::Parse(kForeignSecret)),
      faults_(faults),
      clock_(clock),
      options_(options),
      delivered_(TryCounter(metrics, "delivered")),
      failed_(TryCounter(metrics, "failed")),
      given_up_(TryCounter(metrics, "given_up")),
      dropped_(TryCounter(metrics, "dropped")),
      random_(std::random_device{}()) {}

void WebhookSender::OnBooked(const Operation& operation, std::optional<Duration> answered_in) {
  if (options_.scope == WebhookScope::kUnanswered && answered_in.has_value()) {
    return;
  }
  const WebhookFaultDraw draw = faults_.DrawWebhook();
  if (draw.lost) {
    return;
  }
  const Time time =
      std::chrono::steady_clock::now() + answered_in.value_or(Duration(0)) + draw.delay;
  const Delivery delivery{.event = EventOf(operation), .forged = draw.forged};
  Schedule(time, delivery);
  if (draw.doubled) {
    Schedule(time, delivery);
  }
}

void WebhookSender::Schedule(Time time, Delivery delivery) {
  {
    MutexLock lock(mutex_);
    if (waiting_.size() >= options_.queue_max) {
      dropped_.Increment();
      return;
    }
    waiting_.emplace(time, std::move(delivery));
  }
  changed_.notify_one();
}

size_t WebhookSender::waiting() const {
  MutexLock lock(mutex_);
  return waiting_.size();
}

std::optional<WebhookSender::Delivery> WebhookSender::TakeDue(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    if (waiting_.empty()) {
      changed_.wait(mutex_, stop,
                    [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !waiting_.empty(); });
      continue;
    }
    const Time first = waiting_.begin()->first;
    if (first <= std::chrono::steady_clock::now()) {
      return std::move(waiting_.extract(waiting_.begin()).mapped());
    }
    changed_.wait_until(mutex_, stop, first, [this, first]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return waiting_.empty() || waiting_.begin()->first < first;
    });
  }
  return std::nullopt;
}

void WebhookSender::Run(WebhookTransport& transport, const std::stop_token& stop) {
  while (std::optional<Delivery> delivery = TakeDue(stop)) {
    Try(transport, *std::move(delivery));
  }
}

void WebhookSender::Try(WebhookTransport& transport, Delivery delivery) {
  const webhooks::WebhookHeaders headers =
      webhooks::Sign(delivery.forged ? foreign_secret_ : secret_, delivery.event.id, clock_.Now(),
                     delivery.event.body);
  const WebhookReceipt receipt = transport.Post(headers, delivery.event.body);
  if (receipt.status >= kFirstSuccess && receipt.status < kFirstRedirect) {
    delivered_.Increment();
    return;
  }
  failed_.Increment();
  ++delivery.tries;
  if (delivery.tries >= options_.tries_max) {
    given_up_.Increment();
    telemetry::LogWarning("a webhook could not be delivered and is given up",
                          {{"webhook_id", delivery.event.id},
                           {"status", std::to_string(receipt.status)},
                           {"tries", std::to_string(delivery.tries)}});
    return;
  }
  const Duration pause = std::max(BackoffDelay(options_.backoff, delivery.tries, Random01()),
                                  Duration(receipt.retry_after.value_or(std::chrono::seconds(0))));
  Schedule(std::chrono::steady_clock::now() + pause, std::move(delivery));
}

double WebhookSender::Random01() {
  MutexLock lock(mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace orderflow::payment_provider_simulator
