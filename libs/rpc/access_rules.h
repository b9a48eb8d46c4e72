#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/auth/token_verifier.h"
#include "libs/rpc/caller.h"

namespace orderflow::rpc {

// The scope of customers' apps.
inline constexpr char kCustomerScope[] = "customer";

// Who may call a method; what the option orderflow.common.v1.access of the method says.
struct AccessRule {
  bool customers = false;
  std::string scope{};
  std::vector<std::string> services{};
};

// Who is calling when this rule holds for them. A caller with a token is who the token says,
// whatever its certificate says: others' calls pass through an edge that has one. kUnauthenticated
// without a token, unless `service` (from the certificate, may be empty) is named by the rule;
// kPermissionDenied when the token is not for this, or is a customer's whose subject is no customer
// id (IsName): nothing can belong to it. Who operates may have any name.
absl::StatusOr<Caller> Decide(const AccessRule& rule, const std::optional<auth::Claims>& token,
                              const std::string& service);

// The rules of the methods of one process.
class AccessRules {
 public:
  // From the descriptors of the services of these full names. kInternal naming what is wrong: a
  // service that is not linked in, a method without a rule or with one that lets nobody in, two
  // methods of the same name.
  static absl::StatusOr<AccessRules> Of(const std::vector<std::string>& services);

  // By the method's name without its service; null: nobody may call it.
  const AccessRule* Find(std::string_view method) const;

 private:
  std::map<std::string, AccessRule, std::less<>> rules_;
};

}  // namespace orderflow::rpc
