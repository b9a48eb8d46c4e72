#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/auth/key_ring.h"
#include "libs/auth/token_verifier.h"
#include "libs/base/clock.h"
#include "libs/rpc/access_rules.h"
#include "libs/rpc/caller.h"
#include "libs/rpc/rate_limit.h"

namespace grpc {
class ServerContext;
}

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::rpc {

struct AccessOptions {
  auth::TokenRules tokens;
  std::string trust_domain;  // services have certificates with "spiffe://<trust domain>/<name>"
  RateLimitOptions customer_calls{};
};

// Decides who may call what, before anything of a call is looked at: by its bearer token, or by its
// certificate when it is a process of ours (access_rules.h). Copies are the same. Threadsafe.
class Access {
 public:
  // Whoever reaches the port may do everything.
  static Access InsecureForAll();

  // `keys` and `clock` must outlive it. Metric: orderflow_rpc_limited_calls_total.
  Access(AccessRules rules, const auth::KeyRing& keys, const Clock& clock,
         telemetry::Metrics& metrics, AccessOptions options);

  // kUnauthenticated, kPermissionDenied (Decide); kResourceExhausted with RetryInfo when a customer
  // calls too often; kUnavailable while there are no keys to verify a token with.
  absl::StatusOr<Caller> Check(const grpc::ServerContext& context, const std::string& method) const;

 private:
  struct State;
  Access() = default;

  std::shared_ptr<State> state_;  // null: for all
};

}  // namespace orderflow::rpc
