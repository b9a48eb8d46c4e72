// Two order-services on one database: both accept orders and publish, and one of them is killed;
// and both are replaced in turn while orders come in, as a rolling update does it.
#include <csignal>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/faults/second_instance.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using testing::TcpProxy;

constexpr char kName[] = "order-service";
constexpr int kOrdersAtLeast = 10;  // that each of them has to accept

absl::StatusOr<double> Accepted(Rig& rig, int admin_port) {
  return rig.Metric(admin_port, "orderflow_rpc_calls_total", "code=\"OK\",method=\"CreateOrder\"");
}

// Waits until the process with this admin port has accepted so many orders more, and published.
absl::StatusOr<double> AwaitAtWork(Rig& rig, int admin_port, const std::string& what) {
  const auto published = [&] {
    return rig.Metric(admin_port, "orderflow_outbox_published_messages_total");
  };
  ASSIGN_OR_RETURN(const double accepted_before, Accepted(rig, admin_port));
  ASSIGN_OR_RETURN(const double published_before, published());
  ASSIGN_OR_RETURN(const double accepted,
                   AwaitAtLeast([&] { return Accepted(rig, admin_port); },
                                accepted_before + kOrdersAtLeast, what + " accepts orders"));
  RETURN_IF_ERROR(
      AwaitAtLeast(published, published_before + 1, what + " publishes messages").status());
  return accepted - accepted_before;
}

// A second one that clients can be sent to.
class BesideAnother : public Fault {
 public:
  absl::Status Heal(Rig& rig) override {
    TcpProxy& clients = rig.ProxyTo("api");
    clients.SetTarget(rig.PortOf(kName));
    clients.SetLink(TcpProxy::Link::kOpen);
    RETURN_IF_ERROR(second_.Stop());
    return rig.Up(kName);
  }

 protected:
  SecondInstance second_{kName};
};

// Clients go from one to the other, which then dies.
class TwoOrderServices final : public BesideAnother {
 public:
  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(second_.Start(rig));
    Begin();
    ASSIGN_OR_RETURN(const double first, AwaitAtWork(rig, rig.AdminPortOf(kName), "the first one"));
    TcpProxy& clients = rig.ProxyTo("api");
    clients.SetTarget(second_.grpc_port());
    const int64_t reset = clients.counts().reset;
    clients.SetLink(TcpProxy::Link::kRefused);
    RETURN_IF_ERROR(Await([&] { return clients.counts().reset > reset; }, "clients are cut off"));
    clients.SetLink(TcpProxy::Link::kOpen);
    ASSIGN_OR_RETURN(const double second, AwaitAtWork(rig, second_.admin_port(), "the second one"));
    RETURN_IF_ERROR(second_.Kill());
    return fmt::format(
        "two at once, the first accepted {} orders, then the second {} and was killed", first,
        second);
  }
};

// Each of them ends in order while the other one works. Clients are told to go away and come back.
class RollingRestart final : public BesideAnother {
 public:
  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t before, rig.PidOf(kName));
    RETURN_IF_ERROR(second_.Start(rig));
    Begin();
    TcpProxy& clients = rig.ProxyTo("api");
    clients.SetTarget(second_.grpc_port());
    RETURN_IF_ERROR(rig.Down(kName));
    ASSIGN_OR_RETURN(const double second, AwaitAtWork(rig, second_.admin_port(), "the second one"));
    RETURN_IF_ERROR(rig.Up(kName));
    clients.SetTarget(rig.PortOf(kName));
    RETURN_IF_ERROR(second_.Stop());
    ASSIGN_OR_RETURN(const double first, AwaitAtWork(rig, rig.AdminPortOf(kName), "the new one"));
    ASSIGN_OR_RETURN(const pid_t after, rig.PidOf(kName));
    if (!IsGone(before) || after == before) {
      return absl::FailedPreconditionError(fmt::format("pid {} still runs", before));
    }
    return fmt::format("pid {} is now {}; {} orders accepted by another one between, then {}",
                       before, after, second, first);
  }
};

}  // namespace

std::vector<FaultKind> OrderServiceFaults() {
  return {
      {"two-of-order-service",
       {kName},
       [](Random&) { return std::make_unique<TwoOrderServices>(); }},
      {"rolling-restart-order-service",
       {kName},
       [](Random&) { return std::make_unique<RollingRestart>(); }},
  };
}

}  // namespace orderflow::fault
