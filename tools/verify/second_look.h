#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "tools/verify/fact_source.h"
#include "tools/verify/findings.h"

namespace orderflow::verify {

struct SecondLookOptions {
  Duration grace{std::chrono::seconds(2)};  // between two looks
  int looks_max = 5;
  // Beyond so many the system is broken, not busy: they are reported at the first look.
  size_t suspects_max = 10'000;
  // A test may do something else meanwhile.
  std::function<void(Duration)> wait = [](Duration time) { std::this_thread::sleep_for(time); };
};

// Databases are read one after the other, so an order that moves meanwhile may look inconsistent.
// What is wrong is reported only when a later look finds the very same: an order that has been left
// in a wrong state stays in it. Not threadsafe.
class SecondLook {
 public:
  SecondLook(OrderFindings& findings, SecondLookOptions options);

  void Suspect(const std::string& order_id, std::vector<Breach> breaches);

  // Looks at the suspects until each is found guilty, is fine, or has moved at every look: those
  // are left for the next run.
  absl::Status Decide(const std::vector<FactSource>& sources, const FactScope& like);

  // How many have moved at every look.
  Finding Undecided() const;

 private:
  OrderFindings& findings_;
  const SecondLookOptions options_;
  std::map<std::string, std::vector<Breach>> suspects_;
  int64_t suspected_ = 0;
};

}  // namespace orderflow::verify
