// The payment provider down, refusing because of too many calls, slow, erratic, silent after it has
// acted, with webhooks that are lost, double, forged and late: by its own switches.
#include <array>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "tests/fault/faults/faults.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::fault {
namespace {

using provider::v1::Faults;
using provider::v1::ProviderControlService;

constexpr std::chrono::seconds kCallTimeout(10);
constexpr int kLongerThanTimeoutMs = 2500;  // payment-service waits 1 s here

// Calls that left payment-service without knowing what came of them.
absl::StatusOr<double> Inconclusive(Rig& rig) {
  return rig.Metric(rig.AdminPortOf("payment-service"), "orderflow_payment_outcomes_total",
                    "verdict=\"inconclusive\"");
}

// Webhooks that payment-service has met, of those that must not count.
absl::StatusOr<double> WrongWebhooks(Rig& rig, const std::string& result) {
  return rig.Metric(rig.AdminPortOf("payment-service"), "orderflow_payment_webhooks_total",
                    fmt::format("result=\"{}\"", result));
}

absl::Status Set(Rig& rig, const Faults& faults) {
  const auto stub = ProviderControlService::NewStub(rpc::MakeChannel(
      rig.Setting("ORDERFLOW_PROVIDER_ADDRESS"), {.credentials = rig.Credentials()}));
  provider::v1::SetFaultsRequest request;
  *request.mutable_faults() = faults;
  return orderctl::Call(*stub, &ProviderControlService::Stub::SetFaults, request, kCallTimeout)
      .status();
}

class ProviderFault final : public Fault {
 public:
  ProviderFault(Faults faults, int least) : faults_(std::move(faults)), least_(least) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const double before, Inconclusive(rig));
    RETURN_IF_ERROR(Set(rig, faults_));
    Begin();
    ASSIGN_OR_RETURN(const double after,
                     AwaitAtLeast([&] { return Inconclusive(rig); }, before + least_,
                                  fmt::format("{} inconclusive calls", least_)));
    return fmt::format("{} calls to the provider inconclusive", after - before);
  }
  absl::Status Heal(Rig& rig) override { return Set(rig, Faults()); }

 private:
  const Faults faults_;
  const int least_;
};

// No call is answered, and the webhooks that could tell are erratic.
class WebhookFault final : public Fault {
 public:
  explicit WebhookFault(int least) : least_(least) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    const auto doubled = [&] { return WrongWebhooks(rig, "duplicate"); };
    const auto forged = [&] { return WrongWebhooks(rig, "wrong_signature"); };
    ASSIGN_OR_RETURN(const double doubled_before, doubled());
    ASSIGN_OR_RETURN(const double forged_before, forged());
    Faults faults;
    faults.set_no_answer_after_effect(1);
    faults.set_webhook_lost(0.2);
    faults.set_webhook_doubled(0.5);
    faults.set_webhook_forged(0.3);
    faults.set_webhook_delay_ms_max(kLongerThanTimeoutMs);
    RETURN_IF_ERROR(Set(rig, faults));
    Begin();
    ASSIGN_OR_RETURN(
        const double doubled_after,
        AwaitAtLeast(doubled, doubled_before + least_, fmt::format("{} double webhooks", least_)));
    ASSIGN_OR_RETURN(
        const double forged_after,
        AwaitAtLeast(forged, forged_before + least_, fmt::format("{} forged webhooks", least_)));
    return fmt::format("{} webhooks double, {} forged", doubled_after - doubled_before,
                       forged_after - forged_before);
  }
  absl::Status Heal(Rig& rig) override { return Set(rig, Faults()); }

 private:
  const int least_;
};

Faults RefuseAll() {
  Faults faults;
  faults.set_refused_before_effect(1);
  return faults;
}

Faults MakeFaults(double fail_before_effect, double no_answer_after_effect, int delay_ms) {
  Faults faults;
  faults.set_fail_before_effect(fail_before_effect);
  faults.set_no_answer_after_effect(no_answer_after_effect);
  faults.set_delay_ms(delay_ms);
  return faults;
}

FaultKind Kind(const std::string& name, const Faults& faults) {
  return {"provider-" + name,
          {"payment-provider-simulator", "payment-service"},
          [faults](Random& random) {
            return std::make_unique<ProviderFault>(faults, 20 + static_cast<int>(random.Below(40)));
          }};
}

}  // namespace

std::vector<FaultKind> ProviderFaults() {
  return {
      Kind("down", MakeFaults(1, 0, 0)),
      Kind("refusing", RefuseAll()),
      Kind("late", MakeFaults(0, 0, kLongerThanTimeoutMs)),
      Kind("silent", MakeFaults(0, 1, 0)),
      Kind("erratic", MakeFaults(0.3, 0.3, 300)),
      {"provider-webhooks",
       {"payment-provider-simulator", "payment-service"},
       [](Random& random) {
         return std::make_unique<WebhookFault>(5 + static_cast<int>(random.Below(10)));
       }},
  };
}

}  // namespace orderflow::fault
