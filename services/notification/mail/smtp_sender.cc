#include "services/notification/mail/smtp_sender.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/curl/curl_global.h"
#include "services/notification/mail/mail_message.h"

namespace orderflow::notification {
namespace {

constexpr long kFirstTemporaryCode = 400;
constexpr long kFirstPermanentCode = 500;

// The mail on its way, and how much of it has been handed over.
struct Upload {
  std::string_view rest;
};

size_t ReadUpload(char* buffer, size_t size, size_t count, void* data) {
  auto& upload = *static_cast<Upload*>(data);
  const size_t bytes = std::min(size * count, upload.rest.size());
  std::memcpy(buffer, upload.rest.data(), bytes);
  upload.rest.remove_prefix(bytes);
  return bytes;
}

SendResult ToResult(CURLcode code, long smtp_code, bool handed_over, const std::string& what) {
  if (code == CURLE_OK) {
    return {SendOutcome::kAccepted, ""};
  }
  const std::string error =
      smtp_code >= kFirstTemporaryCode
          ? fmt::format("send the mail over {}: refused with code {}", what, smtp_code)
          : fmt::format("send the mail over {}: {}", what, curl_easy_strerror(code));
  // A refused login says nothing of this mail: it goes out once the setting is right.
  if (smtp_code >= kFirstPermanentCode && code != CURLE_LOGIN_DENIED) {
    return {SendOutcome::kRefused, error};
  }
  if (smtp_code >= kFirstTemporaryCode || !handed_over) {
    return {SendOutcome::kTryLater, error};
  }
  return {SendOutcome::kInDoubt, error};
}

// The URL without what may be a password.
std::string Shown(const std::string& url) {
  const size_t at = url.rfind('@');
  const size_t scheme = url.find("://");
  if (at == std::string::npos || scheme == std::string::npos) {
    return url;
  }
  return url.substr(0, scheme + 3) + url.substr(at + 1);
}

}  // namespace

struct SmtpSender::Connection {
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

  // Forgets options, keeps the connection to the server.
  void SetOptions(const SmtpOptions& options, const std::string& from) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, options.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (options.url.find('@') != std::string::npos) {  // a login is never sent in clear
      curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    }
    curl_easy_setopt(handle, CURLOPT_PROXY, "");  // whatever the environment says
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(
        handle, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(duration_cast<milliseconds>(options.connect_timeout).count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(duration_cast<milliseconds>(options.send_timeout).count()));
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, ReadUpload);
  }
};

SmtpSender::SmtpSender(SmtpOptions options)
    : options_(std::move(options)), connection_(std::make_unique<Connection>()) {}

SmtpSender::~SmtpSender() = default;

SendResult SmtpSender::Send(const Notification& notification) {
  const absl::StatusOr<std::string> mail = ComposeMail(notification, options_.from);
  if (!mail.ok()) {
    return {SendOutcome::kRefused, Message(mail.status())};
  }
  if (connection_->handle == nullptr) {
    return {SendOutcome::kTryLater, "send the mail: libcurl could not be set up; restart"};
  }
  CURL* handle = connection_->handle;
  connection_->SetOptions(options_, fmt::format("<{}>", options_.from));
  Upload upload{*mail};
  curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
  curl_slist* recipients =
      curl_slist_append(nullptr, fmt::format("<{}>", notification.recipient).c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
  const CURLcode code = curl_easy_perform(handle);
  long smtp_code = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &smtp_code);
  curl_slist_free_all(recipients);
  return ToResult(code, smtp_code, upload.rest.empty(), Shown(options_.url));
}

}  // namespace orderflow::notification
