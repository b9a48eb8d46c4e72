#include "libs/curl/request.h"

#include <curl/curl.h>

namespace orderflow::curl {

void SetUpRequest(void* handle, const RequestOptions& options) {
  curl_easy_setopt(handle, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, options.protocols);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  // Else the end of a request waits for the thread that asks DNS.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  if (!options.authorities_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options.authorities_file.c_str());
  }
}

}  // namespace orderflow::curl
