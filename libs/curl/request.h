#pragma once

#include <chrono>
#include <string>

namespace orderflow::curl {

struct RequestOptions {
  std::string url;
  const char* protocols = "https";      // as of CURLOPT_PROTOCOLS_STR
  std::string authorities_file;         // PEM; empty: those of the system
  std::chrono::milliseconds timeout{};  // of the whole request
};

// What every HTTP request of ours has in common: TLS 1.2 at least, no proxy whatever the
// environment says, no signals, and an end at its time also while a name is being resolved.
// `handle` is a CURL*.
void SetUpRequest(void* handle, const RequestOptions& options);

}  // namespace orderflow::curl
