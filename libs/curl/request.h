#pragma once

#include <curl/curl.h>

#include <string>

#include "libs/base/clock.h"

namespace orderflow::curl {

struct RequestOptions {
  std::string url;
  const char* protocols = "https";  // as of CURLOPT_PROTOCOLS_STR
  std::string authorities_file;     // PEM; empty: those of the system
  Duration timeout{};               // of the whole request
};

// What every HTTP request of ours has in common: TLS 1.2 at least, no proxy whatever the
// environment says, no signals, and an end at its time also while a name is being resolved.
void SetUpRequest(CURL* handle, const RequestOptions& options);

}  // namespace orderflow::curl
