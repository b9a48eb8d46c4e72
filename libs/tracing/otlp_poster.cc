#include "libs/tracing/otlp_poster.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/curl/curl_global.h"
#include "libs/curl/request.h"

namespace orderflow::tracing {
namespace {

constexpr size_t kAnswerBytesMax = 64 * 1024;

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

// What is beyond the limit is left out: the answer of a collector is short.
size_t Append(char* bytes, size_t size, size_t count, void* data) {
  auto& text = *static_cast<std::string*>(data);
  text.append(bytes, std::min(size * count, kAnswerBytesMax - text.size()));
  return size * count;
}

void Add(Headers& headers, const std::string& line) {
  headers.reset(curl_slist_append(headers.release(), line.c_str()));
}

// False: the file cannot be read.
bool AddFromFile(const std::string& path, Headers& headers) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) {
      Add(headers, line);
    }
  }
  return file.eof();
}

PostResult::Kind KindOf(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return PostResult::Kind::kTimedOut;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return PostResult::Kind::kWrongSettings;
    default:
      return PostResult::Kind::kUnreachable;
  }
}

int64_t Ticks(std::chrono::steady_clock::time_point time) {
  return time.time_since_epoch().count();
}

}  // namespace

struct OtlpPoster::State {
  explicit State(CollectorAddress address_in) : address(std::move(address_in)) {}

  // Called by libcurl about once a second, and when something happens; 1 ends the transfer.
  static int OnProgress(void* data, curl_off_t /*dltotal*/, curl_off_t /*dlnow*/,
                        curl_off_t /*ultotal*/, curl_off_t /*ulnow*/) {
    const auto* state = static_cast<State*>(data);
    return Ticks(std::chrono::steady_clock::now()) >= state->abort_at.load() ? 1 : 0;
  }

  void SetUp() {
    curl::SetUpRequest(
        handle.get(),
        {.url = address.url,
         .protocols = "http,https",
         .authorities_file = address.authorities_file,
         .timeout = std::chrono::duration_cast<std::chrono::milliseconds>(address.timeout)});
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, OnProgress);
    curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, this);
  }

  const CollectorAddress address;
  Handle handle{nullptr, curl_easy_cleanup};
  std::atomic<int64_t> abort_at = Ticks(std::chrono::steady_clock::time_point::max());
};

OtlpPoster::OtlpPoster(CollectorAddress address)
    : state_(std::make_unique<State>(std::move(address))) {
  curl::InitializeOnce();
  state_->handle.reset(curl_easy_init());
  if (state_->handle != nullptr) {
    state_->SetUp();
  }
}

OtlpPoster::~OtlpPoster() = default;

PostResult OtlpPoster::Post(const std::string& body) {
  State& state = *state_;
  if (state.handle == nullptr) {
    return {.error = "libcurl could not be set up; restart"};
  }
  Headers headers(nullptr, curl_slist_free_all);
  Add(headers, "Content-Type: application/json");
  Add(headers, "Expect:");  // no round trip before the body
  if (!state.address.headers_file.empty() && !AddFromFile(state.address.headers_file, headers)) {
    return {.kind = PostResult::Kind::kWrongSettings,
            .error = fmt::format("the headers in {} cannot be read", state.address.headers_file)};
  }
  CURL* handle = state.handle.get();
  PostResult result;
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &result.body);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  if (code != CURLE_OK) {
    result.kind = KindOf(code);
    result.error = curl_easy_strerror(code);
    return result;
  }
  result.kind = PostResult::Kind::kAnswered;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &result.status);
  result.error = fmt::format("it answered with status {}", result.status);
  curl_off_t seconds = 0;
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0) {
    result.retry_after = std::chrono::seconds(seconds);
  }
  return result;
}

void OtlpPoster::AbortAt(std::chrono::steady_clock::time_point time) {
  state_->abort_at.store(Ticks(time));
}

}  // namespace orderflow::tracing
