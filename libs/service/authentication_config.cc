#include "libs/service/authentication_config.h"

namespace orderflow::service {
namespace {

using std::chrono::milliseconds;

constexpr char kInsecure[] = "ORDERFLOW_INSECURE_NO_AUTHENTICATION";
constexpr milliseconds kRefreshMin{1'000};
constexpr milliseconds kRefreshMax{3'600'000};
constexpr milliseconds kSkewMax{60'000};
constexpr int kCallsDefault = 50;
constexpr int kCallsMax = 1'000'000;

bool HasTokens(const AuthenticationConfig& config) {
  return !config.issuer.empty() && !config.audience.empty() &&
         config.keys_file.empty() != config.keys_url.empty();
}

bool HasAnything(const AuthenticationConfig& config) {
  return !config.issuer.empty() || !config.audience.empty() || !config.keys_file.empty() ||
         !config.keys_url.empty();
}

}  // namespace

AuthenticationConfig DeclareAuthentication(config::Settings& settings, bool for_customers) {
  AuthenticationConfig config;
  const AuthenticationConfig defaults;
  config.issuer = settings.String("ORDERFLOW_AUTH_ISSUER",
                                  "Who must have issued a bearer token (its \"iss\").", "");
  config.audience = settings.String("ORDERFLOW_AUTH_AUDIENCE",
                                    "Whom a bearer token must be for (its \"aud\").", "");
  config.keys_file =
      settings.String("ORDERFLOW_AUTH_KEYS_FILE",
                      "File with the issuer's JSON Web Key Set. Either it or a URL.", "");
  config.keys_url =
      settings.String("ORDERFLOW_AUTH_KEYS_URL", "https URL of the issuer's JSON Web Key Set.", "");
  config.keys_authorities_file = settings.String(
      "ORDERFLOW_AUTH_KEYS_AUTHORITIES_FILE",
      "PEM file with the authorities that the certificate of that URL must be signed by. Empty: "
      "those of the system.",
      "");
  config.keys_refresh =
      settings.Milliseconds("ORDERFLOW_AUTH_KEYS_REFRESH_MS", "How often the keys are read again.",
                            defaults.keys_refresh, kRefreshMin, kRefreshMax);
  config.clock_skew = settings.Milliseconds(
      "ORDERFLOW_AUTH_CLOCK_SKEW_MS",
      "How far the issuer's clock may be off when a token's times are looked at.",
      defaults.clock_skew, milliseconds(0), kSkewMax);
  config.trust_domain = settings.String(
      "ORDERFLOW_AUTH_TRUST_DOMAIN",
      "A certificate with the SPIFFE id spiffe://<this>/<name> is that of our process <name>.",
      "orderflow.local");
  if (for_customers) {
    config.customer_calls_per_second = static_cast<int>(settings.Int(
        "ORDERFLOW_AUTH_CUSTOMER_CALLS_PER_SECOND",
        "Calls that one customer may make, in the long run; twice as many at once. 0: any number.",
        kCallsDefault, 0, kCallsMax));
  }
  config.insecure_none =
      settings.OneOf(kInsecure,
                     "true: nobody is asked who they are, and whoever reaches the port may do "
                     "everything. For one machine and for tests.",
                     "false", {"false", "true"}) == "true";
  settings.Require(!config.insecure_none || !HasAnything(config),
                   "ORDERFLOW_INSECURE_NO_AUTHENTICATION and ORDERFLOW_AUTH_* contradict each "
                   "other: set one of the two");
  return config;
}

void RequireAuthentication(config::Settings& settings, const AuthenticationConfig& config,
                           bool encrypted) {
  settings.Require(
      config.insecure_none || (HasTokens(config) && encrypted),
      "the API would have no authentication: set ORDERFLOW_AUTH_ISSUER, ORDERFLOW_AUTH_AUDIENCE, "
      "one of ORDERFLOW_AUTH_KEYS_FILE and ORDERFLOW_AUTH_KEYS_URL, and ORDERFLOW_TLS_*; or, to "
      "let whoever reaches the port do everything, ORDERFLOW_INSECURE_NO_AUTHENTICATION=true");
}

}  // namespace orderflow::service
