#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace orderflow::rpc {

class ServerSpan;

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
  // Of the call, until it is finished: the trace that it belongs to. Set by CallExecutor.
  ServerSpan* span = nullptr;

  // Whether what belongs to this customer is the caller's to see and change.
  bool MayActFor(std::string_view customer_id) const {
    return kind != Kind::kCustomer || name == customer_id;
  }
};

// What answers a call for its caller.
using CallHandler = std::function<absl::Status(const Caller& caller)>;

// kPermissionDenied for a customer: asked by methods that have no answer of its own for each of
// them. Their access rules keep customers out before; this does, too, when a rule was opened to
// customers and its handler forgotten.
absl::Status RefuseCustomers(const Caller& caller);

// The handler of such a method.
CallHandler NotForCustomers(std::function<absl::Status()> handler);
CallHandler NotForCustomers(CallHandler handler);

}  // namespace orderflow::rpc
