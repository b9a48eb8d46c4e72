#include "services/payment/webhooks/webhook_endpoint.h"

#include "fmt/format.h"

namespace orderflow::payment {
namespace {

using service::HttpAnswer;
using service::HttpRequest;

constexpr size_t kThreads = 4;
constexpr size_t kWaitingMax = 256;
constexpr size_t kBodyBytesMax = 64 * 1024;

constexpr int kNoContent = 204;
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kUnavailable = 503;

int StatusOf(WebhookResult result) {
  switch (result) {
    case WebhookResult::kAccepted:
    case WebhookResult::kDuplicate:
    case WebhookResult::kIgnored:
      return kNoContent;
    case WebhookResult::kMalformed:
      return kBadRequest;
    case WebhookResult::kWrongSignature:
    case WebhookResult::kTooOld:
      return kUnauthorized;
    case WebhookResult::kRefused:
      break;
  }
  return kUnavailable;
}

HttpAnswer Answer(WebhookReceiver& receiver, const HttpRequest& request) {
  const WebhookResult result =
      receiver.Receive({.id = request.header(webhooks::kIdHeader),
                        .timestamp = request.header(webhooks::kTimestampHeader),
                        .signature = request.header(webhooks::kSignatureHeader)},
                       request.body);
  HttpAnswer answer{.status = StatusOf(result)};
  if (answer.status != kNoContent) {
    answer.body = fmt::format("{}\n", ToString(result));
    answer.content_type = "text/plain";
  }
  if (result == WebhookResult::kRefused) {
    answer.retry_after = receiver.retry_after();
  }
  return answer;
}

}  // namespace

WebhookEndpoint::WebhookEndpoint(WebhookReceiver& receiver)
    : http_({.threads = kThreads, .waiting_max = kWaitingMax, .body_bytes_max = kBodyBytesMax}) {
  http_.Post(kWebhookPath,
             [&receiver](const HttpRequest& request) { return Answer(receiver, request); });
}

}  // namespace orderflow::payment
