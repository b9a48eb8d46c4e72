#include "libs/auth/key_ring.h"

#include <utility>

#include "libs/base/status_macros.h"

namespace orderflow::auth {

KeyRing::KeyRing(std::function<absl::StatusOr<std::string>()> load)
    : load_(std::move(load)), keys_(std::make_shared<const std::vector<JsonWebKey>>()) {}

absl::Status KeyRing::Refresh() {
  ASSIGN_OR_RETURN(const std::string text, load_());
  ASSIGN_OR_RETURN(std::vector<JsonWebKey> keys, ParseJsonWebKeys(text));
  MutexLock lock(mutex_);
  keys_ = std::make_shared<const std::vector<JsonWebKey>>(std::move(keys));
  return absl::OkStatus();
}

KeyRing::Keys KeyRing::keys() const {
  MutexLock lock(mutex_);
  return keys_;
}

}  // namespace orderflow::auth
