#include "libs/rpc/access.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>

#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

constexpr char kAuthorization[] = "authorization";
constexpr char kBearer[] = "Bearer ";

std::string Text(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// Nothing when the call has none; of two, nobody can say which one counts.
absl::StatusOr<std::optional<std::string>> TokenOf(const grpc::ServerContext& context) {
  const auto [first, last] = context.client_metadata().equal_range(kAuthorization);
  if (first == last) {
    return std::nullopt;
  }
  const std::string value = Text(first->second);
  if (std::next(first) != last || !absl::StartsWithIgnoreCase(value, kBearer)) {
    return TypedError(absl::StatusCode::kUnauthenticated,
                      "the call must have one \"authorization: Bearer <token>\"", "TOKEN_REFUSED");
  }
  return value.substr(sizeof(kBearer) - 1);
}

// The name of the process whose certificate the connection was made with; empty when it is none of
// ours. gRPC gives the SPIFFE id only of a certificate that has exactly one URI, and TLS has
// verified the certificate.
std::string ServiceOf(const grpc::ServerContext& context, const std::string& trust_domain) {
  const auto ids = context.auth_context()->FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  if (ids.size() != 1) {
    return "";
  }
  const std::string id = Text(ids.front());
  const std::string prefix = "spiffe://" + trust_domain + "/";
  return absl::StartsWith(id, prefix) ? id.substr(prefix.size()) : "";
}

}  // namespace

struct Access::State {
  State(AccessRules rules_in, const auth::KeyRing& keys_in, const Clock& clock_in,
        telemetry::Metrics& metrics, AccessOptions options_in)
      : rules(std::move(rules_in)),
        keys(keys_in),
        clock(clock_in),
        options(std::move(options_in)),
        limit(options.customer_calls),
        limited(metrics.AddCounter("orderflow_rpc_limited_calls_total",
                                   "Calls refused because their customer makes too many.")) {}

  absl::Status Count(const Caller& customer) {
    const Duration wait = limit.Take(customer.name, clock.Now());
    if (wait == Duration::zero()) {
      return absl::OkStatus();
    }
    limited.Increment();
    return Overloaded("this customer calls too often; come back later",
                      std::chrono::ceil<std::chrono::milliseconds>(wait));
  }

  const AccessRules rules;
  const auth::KeyRing& keys;
  const Clock& clock;
  const AccessOptions options;
  RateLimit limit;
  telemetry::Counter& limited;
};

Access Access::InsecureForAll() { return {}; }

Access::Access(AccessRules rules, const auth::KeyRing& keys, const Clock& clock,
               telemetry::Metrics& metrics, AccessOptions options)
    : state_(std::make_shared<State>(std::move(rules), keys, clock, metrics, std::move(options))) {}

absl::StatusOr<Caller> Access::Check(const grpc::ServerContext& context,
                                     const std::string& method) const {
  if (state_ == nullptr) {
    return Caller{.kind = Caller::Kind::kAnyone};
  }
  const AccessRule* rule = state_->rules.Find(method);
  if (rule == nullptr) {
    return TypedError(absl::StatusCode::kPermissionDenied, "nobody may call this method",
                      "NO_ACCESS_RULE");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> token, TokenOf(context));
  std::optional<auth::Claims> claims;
  if (token) {
    const auth::KeyRing::Keys keys = state_->keys.keys();
    if (keys->empty()) {
      return TypedError(absl::StatusCode::kUnavailable,
                        "no token can be verified yet; try again later", "NO_KEYS_YET");
    }
    ASSIGN_OR_RETURN(claims,
                     auth::VerifyToken(*token, *keys, state_->options.tokens, state_->clock.Now()));
  }
  ASSIGN_OR_RETURN(const Caller caller,
                   Decide(*rule, claims, ServiceOf(context, state_->options.trust_domain)));
  if (caller.kind == Caller::Kind::kCustomer) {
    RETURN_IF_ERROR(state_->Count(caller));
  }
  return caller;
}

}  // namespace orderflow::rpc
