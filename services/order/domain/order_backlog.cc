#include "services/order/domain/order_backlog.h"

#include <functional>
#include <utility>

namespace orderflow::order {
namespace {

constexpr std::chrono::minutes kGenerationTime(1);
constexpr size_t kGenerationSizeMax = 131'072;  // about 6 MB

size_t HashOf(const OrderId& order_id) { return std::hash<OrderId>{}(order_id); }

}  // namespace

void OrderBacklog::ForgetOld(Timestamp now) {
  if (now - current_start_ < kGenerationTime && current_.size() < kGenerationSizeMax) {
    return;
  }
  counts_.waiting -= static_cast<int64_t>(previous_.size());
  previous_ = std::exchange(current_, {});
  current_start_ = now;
}

void OrderBacklog::Accepted(const OrderId& order_id) {
  const size_t hash = HashOf(order_id);
  MutexLock lock(mutex_);
  const Timestamp now = clock_.Now();
  ForgetOld(now);
  if (!previous_.contains(hash) && current_.try_emplace(hash, now).second) {
    ++counts_.accepted;
    ++counts_.waiting;
  }
}

void OrderBacklog::AtRest(const OrderId& order_id) {
  const size_t hash = HashOf(order_id);
  MutexLock lock(mutex_);
  for (Generation* generation : {&current_, &previous_}) {
    if (const auto found = generation->find(hash); found != generation->end()) {
      ++counts_.finished;
      counts_.finished_late += clock_.Now() - found->second > late_ ? 1 : 0;
      --counts_.waiting;
      generation->erase(found);
      return;
    }
  }
}

OrderBacklog::Counts OrderBacklog::counts() const {
  MutexLock lock(mutex_);
  return counts_;
}

}  // namespace orderflow::order
