#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/auth/json_web_keys.h"
#include "libs/base/mutex.h"

namespace orderflow::auth {

// The keys of the identity provider as they were read last. Whoever verifies a token reads nothing.
// Threadsafe.
class KeyRing {
 public:
  using Keys = std::shared_ptr<const std::vector<JsonWebKey>>;

  // `load` returns the text of a JSON Web Key Set; it may block.
  explicit KeyRing(std::function<absl::StatusOr<std::string>()> load);

  // Reads the keys again. When that fails, says why and keeps those that there are: a provider that
  // is down for a while locks nobody out.
  absl::Status Refresh();

  // None until a Refresh has succeeded.
  Keys keys() const;

 private:
  const std::function<absl::StatusOr<std::string>()> load_;
  mutable Mutex mutex_;
  Keys keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::auth
