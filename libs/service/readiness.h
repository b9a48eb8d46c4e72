#pragma once

#include <map>
#include <string>

#include "libs/base/mutex.h"

namespace orderflow::service {

// Why a process does not want calls now, by topic ("database", "schema", "shutdown"). Threadsafe.
class Readiness {
 public:
  // Sets the reason of a topic; an empty one takes it away. Returns true when that changed
  // anything.
  bool Set(const std::string& topic, const std::string& reason);

  // One line per reason, "topic: reason"; empty when ready.
  std::string Reasons() const;

  // How many there are.
  size_t Count() const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string> reasons_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::service
