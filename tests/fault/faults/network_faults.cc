// Connections cut at a COMMIT, reset in the middle of a message, refused, frozen, slowed down, open
// in one direction only and cut again and again, on each way from one process to another.
#include <algorithm>
#include <string_view>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;
using testing::TcpProxy;
using Link = TcpProxy::Link;

constexpr int kFlapsAtLeast = 3;  // that have met a connection
constexpr int kFlapsMax = 60;

// From one process, or several, to another one.
struct Way {
  std::string name;
  std::vector<std::string> proxies;
  std::vector<std::string> touches;
  bool api_stays_up;  // orders are accepted while nothing passes
};

std::vector<Way> Ways() {
  std::vector<Way> ways;
  std::vector<std::string> all_to_kafka;
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    const bool accepts = name == "order-service" || name == "inventory-service";
    ways.push_back({"postgres-" + name, {name}, {name}, !accepts});
    if (process.uses_kafka) {
      all_to_kafka.push_back(KafkaOf(name));
      ways.push_back({"kafka-" + name, {KafkaOf(name)}, {name, "kafka"}, true});
    }
  }
  const std::vector<std::string> payment = {"payment-provider-simulator", "payment-service"};
  ways.push_back({"kafka", all_to_kafka, {"kafka"}, true});
  ways.push_back({"provider", {"provider"}, payment, true});
  ways.push_back({"webhooks", {"webhooks"}, payment, true});
  ways.push_back({"mail", {"mail"}, {"notification-service"}, true});
  ways.push_back({"inventory", {"inventory"}, {"inventory-service", "order-service"}, false});
  ways.push_back({"api", {"api"}, {"order-service"}, false});
  return ways;
}

void SetLinks(Rig& rig, const Way& way, Link link) {
  for (const std::string& proxy : way.proxies) {
    rig.ProxyTo(proxy).SetLink(link);
  }
}

TcpProxy::Counts CountsOf(Rig& rig, const Way& way) {
  TcpProxy::Counts sum;
  for (const std::string& proxy : way.proxies) {
    const TcpProxy::Counts counts = rig.ProxyTo(proxy).counts();
    sum.reset += counts.reset;
    sum.withheld += counts.withheld;
    sum.delayed += counts.delayed;
  }
  return sum;
}

// Strikes a number of times, each at the next occasion.
class ArmedFault final : public Fault {
 public:
  ArmedFault(Way way, TcpProxy::Fault fault, int times)
      : way_(std::move(way)), fault_(fault), times_(times) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    Begin();
    for (int time = 0; time < times_; ++time) {
      Arm(rig, fault_);
      RETURN_IF_ERROR(Await([&] { return HasStruck(rig); }, "the proxy has struck"));
    }
    return fmt::format("{} connections ended there", times_);
  }
  absl::Status Heal(Rig& rig) override {
    Arm(rig, TcpProxy::Fault::kNone);
    return absl::OkStatus();
  }

 private:
  void Arm(Rig& rig, TcpProxy::Fault fault) const {
    for (const std::string& proxy : way_.proxies) {
      rig.ProxyTo(proxy).Arm(fault);
    }
  }
  bool HasStruck(Rig& rig) const {
    return std::any_of(way_.proxies.begin(), way_.proxies.end(),
                       [&](const std::string& proxy) { return rig.ProxyTo(proxy).struck(); });
  }

  const Way way_;
  const TcpProxy::Fault fault_;
  const int times_;
};

const char* EffectOf(Link link) {
  switch (link) {
    case Link::kOpen:
      break;
    case Link::kRefused:
      return "connections reset";
    case Link::kFrozen:
      return "times something waited";
    case Link::kOnlyToServer:
      return "times an answer waited";
    case Link::kOnlyToClient:
      return "times a request waited";
    case Link::kSlow:
      return "messages delayed";
  }
  return "";
}

// Holds a link in a state.
class LinkFault final : public Fault {
 public:
  LinkFault(Way way, Link link, milliseconds time)
      : way_(std::move(way)), link_(link), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    const TcpProxy::Counts before = CountsOf(rig, way_);
    SetLinks(rig, way_, link_);
    Begin();
    LetPass(time_);
    const auto affected = [&] { return Affected(before, CountsOf(rig, way_)); };
    RETURN_IF_ERROR(Await([&] { return affected() > 0; }, "something wanted to pass"));
    return fmt::format("{} {} within {} ms", affected(), EffectOf(link_), time_.count());
  }
  absl::Status Heal(Rig& rig) override {
    SetLinks(rig, way_, Link::kOpen);
    return absl::OkStatus();
  }

 private:
  static int64_t Affected(const TcpProxy::Counts& before, const TcpProxy::Counts& after) {
    return after.reset - before.reset + after.withheld - before.withheld + after.delayed -
           before.delayed;
  }

  const Way way_;
  const Link link_;
  const milliseconds time_;
};

// Cut and healed, again and again.
class FlappingFault final : public Fault {
 public:
  FlappingFault(Way way, milliseconds time, uint64_t seed)
      : way_(std::move(way)), time_(time), random_(seed) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    const auto end = std::chrono::steady_clock::now() + time_;
    int cuts = 0;
    int met = 0;
    Begin();
    while (std::chrono::steady_clock::now() < end || met < kFlapsAtLeast) {
      if (cuts == kFlapsMax) {
        return absl::FailedPreconditionError(
            fmt::format("only {} of {} cuts have met a connection", met, cuts));
      }
      const int64_t before = CountsOf(rig, way_).reset;
      SetLinks(rig, way_, Link::kRefused);
      LetPass(Next());
      SetLinks(rig, way_, Link::kOpen);
      LetPass(Next());
      ++cuts;
      met += CountsOf(rig, way_).reset > before ? 1 : 0;
    }
    return fmt::format("cut {} times, {} of them met connections", cuts, met);
  }
  absl::Status Heal(Rig& rig) override {
    SetLinks(rig, way_, Link::kOpen);
    return absl::OkStatus();
  }

 private:
  milliseconds Next() { return milliseconds(200 + random_.Below(300)); }

  const Way way_;
  const milliseconds time_;
  Random random_;
};

FaultKind Armed(const std::string& verb, const Way& way, TcpProxy::Fault fault) {
  return {verb + way.name, way.touches, [=](Random& random) {
            return std::make_unique<ArmedFault>(way, fault, 1 + static_cast<int>(random.Below(5)));
          }};
}

milliseconds DrawTime(Random& random) { return milliseconds(3000 + random.Below(9000)); }

FaultKind Linked(const std::string& verb, const Way& way, std::vector<Link> links) {
  FaultKind kind{verb + way.name, way.touches, [=](Random& random) {
                   const milliseconds time = DrawTime(random);
                   const Link link =
                       links.size() == 1 ? links[0] : links[random.Below(links.size())];
                   return std::make_unique<LinkFault>(way, link, time);
                 }};
  // Through an outage orders are accepted; but for those that come to rest late, admission makes
  // room (docs/adr/0022).
  kind.api_stays_up = way.api_stays_up && links[0] != Link::kSlow;
  return kind;
}

FaultKind Flapping(const Way& way) {
  return {"flapping-" + way.name, way.touches, [=](Random& random) {
            const milliseconds time = DrawTime(random);
            return std::make_unique<FlappingFault>(way, time, random.Next());
          }};
}

}  // namespace

std::vector<FaultKind> NetworkFaults() {
  std::vector<FaultKind> kinds;
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    const Way way{name, {name}, {name}, false};
    kinds.push_back(Armed("cut-before-commit-", way, TcpProxy::Fault::kCutBeforeCommit));
    kinds.push_back(Armed("cut-after-commit-", way, TcpProxy::Fault::kCutAfterCommit));
  }
  for (const Way& way : Ways()) {
    kinds.push_back(Armed("reset-", way, TcpProxy::Fault::kResetMidMessage));
    kinds.push_back(Linked("no-", way, {Link::kRefused}));
    kinds.push_back(Linked("frozen-", way, {Link::kFrozen}));
    kinds.push_back(Linked("slow-", way, {Link::kSlow}));
    kinds.push_back(Linked("one-way-", way, {Link::kOnlyToServer, Link::kOnlyToClient}));
    kinds.push_back(Flapping(way));
  }
  return kinds;
}

}  // namespace orderflow::fault
