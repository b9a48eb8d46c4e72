#pragma once

#include <list>
#include <vector>

#include "libs/base/mutex.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// Whose payments a thread of this process is about to load, change and store. Two threads that
// change the same payment at once cost one of them its whole transaction (its version differs), and
// the commands and the outcomes of an order do meet: a void while its authorization is under way.
// So each takes the orders of its batch in hand before it loads them, and keeps them until its
// transaction has ended, whatever its end.
//
// Keeps nothing right: between processes, and for whoever forgets to ask, the version does.
//
// Served in the order of coming, and all of a batch at once: who waits has nothing in hand that
// somebody before him could wait for, and nobody is overtaken for good. A thread must not take a
// second time before it has let go. Threadsafe.
class OrdersInHand {
 private:
  using Claims = std::list<std::vector<OrderId>>;

 public:
  // Lets go at its end. Must not outlive the OrdersInHand.
  class [[nodiscard]] Claim {
   public:
    Claim(Claim&& other) noexcept;
    Claim(const Claim&) = delete;
    Claim& operator=(Claim&&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

   private:
    friend class OrdersInHand;
    Claim(OrdersInHand& owner, Claims::iterator place) : owner_(&owner), place_(place) {}

    OrdersInHand* owner_;
    Claims::iterator place_;
  };

  // Waits until nobody who came before has or wants any of `orders`: for their transactions, and
  // for the provider's answers that they wait for. Duplicates do not matter.
  Claim Take(std::vector<OrderId> orders);

 private:
  bool IsFirst(Claims::const_iterator place) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LetGo(Claims::iterator place);

  Mutex mutex_;
  ConditionVariable let_go_;
  Claims claims_ ABSL_GUARDED_BY(mutex_);  // each sorted; in the order of coming; few: one a thread
};

}  // namespace orderflow::payment
