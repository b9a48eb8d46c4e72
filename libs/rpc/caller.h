#pragma once

#include <string>
#include <string_view>

namespace orderflow::rpc {

// Who a call is from, as far as that decides what it may do.
struct Caller {
  enum class Kind {
    kAnyone,    // nobody is asked who they are (Access::InsecureForAll)
    kService,   // a process of the deployment
    kOperator,  // has the scope of the method
    kCustomer,  // may do only what concerns itself
  };
  Kind kind = Kind::kCustomer;
  std::string name{};  // of the service; subject of the token

  // Whether what belongs to this customer is the caller's to see and change.
  bool MayActFor(std::string_view customer_id) const {
    return kind != Kind::kCustomer || name == customer_id;
  }
};

}  // namespace orderflow::rpc
