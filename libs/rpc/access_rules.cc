#include "libs/rpc/access_rules.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "libs/base/errors.h"
#include "libs/base/validation.h"
#include "orderflow/common/v1/access.pb.h"

namespace orderflow::rpc {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

AccessRule FromProto(const common::v1::AccessRule& rule) {
  return {.customers = rule.customers(),
          .scope = rule.scope(),
          .services = {rule.services().begin(), rule.services().end()}};
}

}  // namespace

absl::StatusOr<Caller> Decide(const AccessRule& rule, const std::optional<auth::Claims>& token,
                              const std::string& service) {
  if (!token) {
    if (!service.empty() && Has(rule.services, service)) {
      return Caller{.kind = Caller::Kind::kService, .name = service};
    }
    return TypedError(absl::StatusCode::kUnauthenticated,
                      "the call says nothing of who it is from; send \"authorization: Bearer "
                      "<token>\"",
                      "TOKEN_MISSING");
  }
  if (!rule.scope.empty() && Has(token->scopes, rule.scope)) {
    return Caller{.kind = Caller::Kind::kOperator, .name = token->subject};
  }
  if (rule.customers && Has(token->scopes, kCustomerScope)) {
    if (!IsName(token->subject)) {
      return TypedError(absl::StatusCode::kPermissionDenied,
                        fmt::format("the token's subject is no customer's id: it {}", kNameRule),
                        "SUBJECT_NOT_A_CUSTOMER");
    }
    return Caller{.kind = Caller::Kind::kCustomer, .name = token->subject};
  }
  return TypedError(absl::StatusCode::kPermissionDenied,
                    "the token does not allow this call; it takes another scope", "SCOPE_MISSING",
                    {{"scope", rule.scope}});
}

absl::StatusOr<AccessRules> AccessRules::Of(const std::vector<std::string>& services) {
  AccessRules rules;
  std::vector<std::string> wrong;
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) {
      wrong.push_back(name);
      continue;
    }
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      const AccessRule rule = FromProto(method.options().GetExtension(common::v1::access));
      const bool lets_somebody_in = rule.customers || !rule.scope.empty() || !rule.services.empty();
      if (!lets_somebody_in || !rules.rules_.emplace(method.name(), rule).second) {
        wrong.push_back(method.full_name());
      }
    }
  }
  if (!wrong.empty()) {
    return absl::InternalError(fmt::format(
        "no single access rule for {}: give each method the option orderflow.common.v1.access",
        fmt::join(wrong, ", ")));
  }
  return rules;
}

const AccessRule* AccessRules::Find(std::string_view method) const {
  const auto found = rules_.find(method);
  return found == rules_.end() ? nullptr : &found->second;
}

}  // namespace orderflow::rpc
