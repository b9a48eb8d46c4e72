#include "services/payment_provider_simulator/webhooks/http_webhook_transport.h"

#include <curl/curl.h>

#include <utility>

#include "fmt/format.h"
#include "libs/curl/curl_global.h"

namespace orderflow::payment_provider_simulator {
namespace {

size_t IgnoreBody(char* /*data*/, size_t size, size_t count, void* /*user*/) {
  return size * count;
}

long Milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

curl_slist* Append(curl_slist* list, const char* name, const std::string& value) {
  return curl_slist_append(list, fmt::format("{}: {}", name, value).c_str());
}

}  // namespace

struct HttpWebhookTransport::Connection {
  CURL* handle = nullptr;

  Connection() {
    curl::InitializeOnce();
    handle = curl_easy_init();
  }
  ~Connection() {
    if (handle != nullptr) {
      curl_easy_cleanup(handle);
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void SetOptions(const HttpWebhookOptions& options) {
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, options.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_PROXY, "");  // whatever the environment says
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options.connect_timeout));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, Milliseconds(options.timeout));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, IgnoreBody);
  }
};

HttpWebhookTransport::HttpWebhookTransport(HttpWebhookOptions options)
    : options_(std::move(options)), connection_(std::make_unique<Connection>()) {}

HttpWebhookTransport::~HttpWebhookTransport() = default;

WebhookReceipt HttpWebhookTransport::Post(const webhooks::WebhookHeaders& headers,
                                          std::string_view body) {
  CURL* handle = connection_->handle;
  if (handle == nullptr) {
    return {};
  }
  connection_->SetOptions(options_);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_slist* lines = Append(nullptr, "Content-Type", "application/json");
  lines = Append(lines, webhooks::kIdHeader, headers.id);
  lines = Append(lines, webhooks::kTimestampHeader, headers.timestamp);
  lines = Append(lines, webhooks::kSignatureHeader, headers.signature);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines);
  const CURLcode code = curl_easy_perform(handle);
  curl_slist_free_all(lines);
  WebhookReceipt receipt;
  if (code != CURLE_OK) {
    return receipt;
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  receipt.status = static_cast<int>(status);
  curl_off_t retry_after = 0;
  if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK &&
      retry_after > 0) {
    receipt.retry_after = std::chrono::seconds(retry_after);
  }
  return receipt;
}

}  // namespace orderflow::payment_provider_simulator
