#include "libs/service/readiness.h"

#include "fmt/format.h"

namespace orderflow::service {

bool Readiness::Set(const std::string& topic, const std::string& reason) {
  MutexLock lock(mutex_);
  if (reason.empty()) {
    return reasons_.erase(topic) > 0;
  }
  std::string& current = reasons_[topic];
  const bool changed = current != reason;
  current = reason;
  return changed;
}

std::string Readiness::Reasons() const {
  MutexLock lock(mutex_);
  std::string text;
  for (const auto& [topic, reason] : reasons_) {
    text += fmt::format("{}: {}\n", topic, reason);
  }
  return text;
}

size_t Readiness::Count() const {
  MutexLock lock(mutex_);
  return reasons_.size();
}

}  // namespace orderflow::service
