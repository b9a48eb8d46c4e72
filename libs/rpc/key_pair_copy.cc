#include "libs/rpc/key_pair_copy.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"

namespace orderflow::rpc {
namespace {

constexpr std::chrono::seconds kLookInterval(2);

std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string PathOf(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

// A new file in memory, or -1.
int FileWith(const std::string& text) {
  const int descriptor = ::memfd_create("orderflow-tls", MFD_CLOEXEC);
  size_t written = 0;
  while (descriptor >= 0 && written < text.size()) {
    const ssize_t size = ::write(descriptor, text.data() + written, text.size() - written);
    if (size <= 0) {
      ::close(descriptor);
      return -1;
    }
    written += static_cast<size_t>(size);
  }
  return descriptor;
}

bool IsPair(const std::string& path) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_method()),
                                                             SSL_CTX_free);
  const bool is_pair =
      context != nullptr && SSL_CTX_use_certificate_chain_file(context.get(), path.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(context.get(), path.c_str(), SSL_FILETYPE_PEM) == 1;
  ERR_clear_error();
  return is_pair;
}

}  // namespace

KeyPairCopy::KeyPairCopy(std::string certificate_chain, std::string private_key)
    : certificate_chain_(std::move(certificate_chain)), private_key_(std::move(private_key)) {}

absl::StatusOr<std::unique_ptr<KeyPairCopy>> KeyPairCopy::Of(const std::string& certificate_chain,
                                                             const std::string& private_key) {
  std::unique_ptr<KeyPairCopy> copy(new KeyPairCopy(certificate_chain, private_key));
  RETURN_IF_ERROR(copy->Update());
  copy->follower_ =
      std::jthread([raw = copy.get()](const std::stop_token& stop) { raw->Follow(stop); });
  return copy;
}

KeyPairCopy::~KeyPairCopy() = default;

// One descriptor stands for the copy, whatever it is a copy of: the other file takes its place at
// once, and nobody reads half of one.
absl::Status KeyPairCopy::Update() {
  std::string both = TextOf(certificate_chain_) + "\n" + TextOf(private_key_);
  if (both == seen_) {
    return absl::OkStatus();
  }
  const int file = FileWith(both);
  if (file < 0) {
    return absl::ResourceExhaustedError(
        "no memory or no descriptor for a copy of the certificate; raise the limits of the "
        "process");
  }
  seen_ = std::move(both);
  if (!IsPair(PathOf(file))) {
    ::close(file);
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" and \"{}\" are no certificate and its private key in PEM; replace both",
                    certificate_chain_, private_key_));
  }
  if (copy_ < 0) {
    copy_ = file;
    path_ = PathOf(copy_);
    return absl::OkStatus();
  }
  ::dup3(file, copy_, O_CLOEXEC);
  ::close(file);
  telemetry::LogInfo("a new certificate is used from now on", {{"file", certificate_chain_}});
  return absl::OkStatus();
}

void KeyPairCopy::Follow(const std::stop_token& stop) {
  Mutex mutex;
  ConditionVariable never;
  MutexLock lock(mutex);
  while (!stop.stop_requested()) {
    never.wait_for(mutex, stop, kLookInterval, [] { return false; });
    if (const absl::Status updated = Update(); !updated.ok()) {
      telemetry::LogWarning("the new certificate is not used; the one of before goes on counting",
                            {{"error", Message(updated)}});
    }
  }
}

}  // namespace orderflow::rpc
