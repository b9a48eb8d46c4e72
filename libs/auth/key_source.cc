#include "libs/auth/key_source.h"

#include <curl/curl.h>

#include <fstream>
#include <memory>

#include "fmt/format.h"
#include "libs/curl/curl_global.h"
#include "libs/curl/request.h"

namespace orderflow::auth {
namespace {

constexpr size_t kKeySetBytesMax = 256 * 1024;
constexpr long kHttpOk = 200;

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;

absl::Status Unreadable(const std::string& where, const std::string& why) {
  return absl::UnavailableError(
      fmt::format("read the keys of the identity provider from {}: {}", where, why));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kKeySetBytesMax + 1, '\0');
  if (!file) {
    return Unreadable(path, "the file cannot be opened");
  }
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kKeySetBytesMax) {
    return Unreadable(path, fmt::format("it has more than {} bytes", kKeySetBytesMax));
  }
  return text;
}

// Less than was offered ends the transfer.
size_t Append(char* bytes, size_t size, size_t count, void* data) {
  auto& text = *static_cast<std::string*>(data);
  if (text.size() + size * count > kKeySetBytesMax) {
    return 0;
  }
  text.append(bytes, size * count);
  return size * count;
}

absl::StatusOr<std::string> Fetch(const KeySource& source) {
  curl::InitializeOnce();
  const Handle handle(curl_easy_init(), curl_easy_cleanup);
  if (handle == nullptr) {
    return Unreadable(source.url, "libcurl could not be set up; restart");
  }
  std::string text;
  curl::SetUpRequest(
      handle.get(),
      {.url = source.url,
       .protocols = "https",
       .authorities_file = source.authorities_file,
       .timeout = std::chrono::duration_cast<std::chrono::milliseconds>(source.timeout)});
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &text);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_WRITE_ERROR) {
    return Unreadable(source.url, fmt::format("it has more than {} bytes", kKeySetBytesMax));
  }
  if (code != CURLE_OK) {
    return Unreadable(source.url, curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != kHttpOk) {
    return Unreadable(source.url, fmt::format("it answered with status {}", status));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadKeySet(const KeySource& source) {
  return source.url.empty() ? ReadFile(source.file) : Fetch(source);
}

}  // namespace orderflow::auth
