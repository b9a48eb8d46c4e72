#include "services/payment/messaging/orders_in_hand.h"

#include <algorithm>
#include <utility>

namespace orderflow::payment {
namespace {

bool Overlap(const std::vector<OrderId>& left, const std::vector<OrderId>& right) {
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() && r != right.end()) {
    if (*l == *r) {
      return true;
    }
    ++(*l < *r ? l : r);
  }
  return false;
}

}  // namespace

OrdersInHand::Claim::Claim(Claim&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), place_(other.place_) {}

OrdersInHand::Claim::~Claim() {
  if (owner_ != nullptr) {
    owner_->LetGo(place_);
  }
}

OrdersInHand::Claim OrdersInHand::Take(std::vector<OrderId> orders) {
  std::sort(orders.begin(), orders.end());
  MutexLock lock(mutex_);
  const auto place = claims_.insert(claims_.end(), std::move(orders));
  let_go_.wait(mutex_, [this, place]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return IsFirst(place); });
  return {*this, place};
}

bool OrdersInHand::IsFirst(Claims::const_iterator place) const {
  return std::none_of(claims_.begin(), place,
                      [place](const auto& earlier) { return Overlap(earlier, *place); });
}

void OrdersInHand::LetGo(Claims::iterator place) {
  {
    MutexLock lock(mutex_);
    claims_.erase(place);
  }
  let_go_.notify_all();
}

}  // namespace orderflow::payment
