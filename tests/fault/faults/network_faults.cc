// Connections cut at a COMMIT, reset in the middle of a message, refused, frozen and slowed down,
// on each way from one process to another.
#include <string_view>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;
using testing::TcpProxy;

// Strikes a number of times, each at the next occasion.
class ArmedFault final : public Fault {
 public:
  ArmedFault(std::string way, TcpProxy::Fault fault, int times)
      : way_(std::move(way)), fault_(fault), times_(times) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    TcpProxy& proxy = rig.ProxyTo(way_);
    Begin();
    for (int time = 0; time < times_; ++time) {
      proxy.Arm(fault_);
      RETURN_IF_ERROR(Await([&] { return proxy.struck(); }, "the proxy has struck"));
    }
    return fmt::format("{} connections ended there", times_);
  }
  absl::Status Heal(Rig& rig) override {
    rig.ProxyTo(way_).Arm(TcpProxy::Fault::kNone);
    return absl::OkStatus();
  }

 private:
  const std::string way_;
  const TcpProxy::Fault fault_;
  const int times_;
};

// Holds a link in a state.
class LinkFault final : public Fault {
 public:
  LinkFault(std::string way, TcpProxy::Link link, milliseconds time)
      : way_(std::move(way)), link_(link), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    TcpProxy& proxy = rig.ProxyTo(way_);
    const TcpProxy::Counts before = proxy.counts();
    proxy.SetLink(link_);
    Begin();
    LetPass(time_);
    RETURN_IF_ERROR(
        Await([&] { return Affected(before, proxy.counts()) > 0; }, "something wanted to pass"));
    return fmt::format("{} {} within {} ms", Affected(before, proxy.counts()),
                       link_ == TcpProxy::Link::kRefused  ? "connections reset"
                       : link_ == TcpProxy::Link::kFrozen ? "times something waited"
                                                          : "messages delayed",
                       time_.count());
  }
  absl::Status Heal(Rig& rig) override {
    rig.ProxyTo(way_).SetLink(TcpProxy::Link::kOpen);
    return absl::OkStatus();
  }

 private:
  static int64_t Affected(const TcpProxy::Counts& before, const TcpProxy::Counts& after) {
    return after.reset - before.reset + after.withheld - before.withheld + after.delayed -
           before.delayed;
  }

  const std::string way_;
  const TcpProxy::Link link_;
  const milliseconds time_;
};

FaultKind Armed(const std::string& name, const std::string& way, std::vector<std::string> touches,
                TcpProxy::Fault fault) {
  return {name, std::move(touches), [=](Random& random) {
            return std::make_unique<ArmedFault>(way, fault, 1 + static_cast<int>(random.Below(5)));
          }};
}

FaultKind Linked(const std::string& name, const std::string& way, std::vector<std::string> touches,
                 TcpProxy::Link link) {
  return {name, std::move(touches), [=](Random& random) {
            return std::make_unique<LinkFault>(way, link, milliseconds(3000 + random.Below(9000)));
          }};
}

}  // namespace

std::vector<FaultKind> NetworkFaults() {
  std::vector<FaultKind> kinds;
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    kinds.push_back(
        Armed("cut-before-commit-" + name, name, {name}, TcpProxy::Fault::kCutBeforeCommit));
    kinds.push_back(
        Armed("cut-after-commit-" + name, name, {name}, TcpProxy::Fault::kCutAfterCommit));
    kinds.push_back(
        Armed("reset-postgres-" + name, name, {name}, TcpProxy::Fault::kResetMidMessage));
    kinds.push_back(Linked("no-postgres-" + name, name, {name}, TcpProxy::Link::kRefused));
    kinds.push_back(Linked("frozen-postgres-" + name, name, {name}, TcpProxy::Link::kFrozen));
  }
  const std::vector<std::string> provider = {"payment-provider-simulator", "payment-service"};
  const std::vector<std::string> inventory = {"inventory-service", "order-service"};
  kinds.push_back(Armed("reset-kafka", "kafka", {"kafka"}, TcpProxy::Fault::kResetMidMessage));
  kinds.push_back(Linked("no-kafka", "kafka", {"kafka"}, TcpProxy::Link::kRefused));
  kinds.push_back(Linked("frozen-kafka", "kafka", {"kafka"}, TcpProxy::Link::kFrozen));
  kinds.push_back(Linked("slow-kafka", "kafka", {"kafka"}, TcpProxy::Link::kSlow));
  kinds.push_back(Armed("reset-provider", "provider", provider, TcpProxy::Fault::kResetMidMessage));
  kinds.push_back(Linked("no-provider", "provider", provider, TcpProxy::Link::kRefused));
  kinds.push_back(Linked("frozen-provider", "provider", provider, TcpProxy::Link::kFrozen));
  kinds.push_back(Linked("no-inventory", "inventory", inventory, TcpProxy::Link::kRefused));
  kinds.push_back(Linked("frozen-inventory", "inventory", inventory, TcpProxy::Link::kFrozen));
  return kinds;
}

}  // namespace orderflow::fault
