#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace orderflow::rpc {

// A certificate and its private key, copied into one file in memory that follows the two files.
// gRPC reads it in their place, because it would take a key that does not belong to the
// certificate, and then no handshake would succeed: here such a pair is not copied, the log says
// so, and the pair of before goes on counting. A renewal that is half done, the key there and the
// certificate not yet, looks like that. Threadsafe.
class KeyPairCopy {
 public:
  // Begins to follow the files. kInvalidArgument when they are no pair now.
  static absl::StatusOr<std::unique_ptr<KeyPairCopy>> Of(const std::string& certificate_chain,
                                                         const std::string& private_key);

  // Follows no more. The copy stays open for good, because gRPC does not say when it has read it
  // for the last time.
  ~KeyPairCopy();
  KeyPairCopy(const KeyPairCopy&) = delete;
  KeyPairCopy& operator=(const KeyPairCopy&) = delete;

  // Where the copy is, for this process alone.
  const std::string& path() const { return path_; }

 private:
  KeyPairCopy(std::string certificate_chain, std::string private_key);
  absl::Status Update();
  void Follow(const std::stop_token& stop);

  const std::string certificate_chain_;
  const std::string private_key_;
  int copy_ = -1;
  std::string path_;
  std::string seen_;  // what both files held when they were looked at last
  std::jthread follower_;
};

}  // namespace orderflow::rpc
