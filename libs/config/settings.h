#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace orderflow::config {

// One setting as the documentation shows it.
struct SettingDescription {
  std::string name;
  std::string description;
  std::string default_value;  // "(required)" or the text of the default; secrets never show a value
  std::string range;          // for example "1..64", empty for text
};

// Reads typed settings from the environment and remembers each one it was asked for, so that the
// same declarations read the values, report every mistake at once, and print the documentation.
//
//   struct OrderServiceConfig { std::string inventory_address; int64_t batch_max; };
//   OrderServiceConfig DeclareOrderService(Settings& settings) {
//     return {.inventory_address = settings.Address("ORDERFLOW_INVENTORY_ADDRESS", "Where
//     inventory-service answers.", "127.0.0.1:15054"),
//             .batch_max = settings.Int("ORDERFLOW_ORDER_BATCH_MAX", "Most orders per
//             transaction.", 128, 1, 1024)};
//   }
// Not threadsafe.
class Settings {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  explicit Settings(Environment environment);
  static Environment ProcessEnvironment();

  // Without a default the setting is required.
  std::string String(const std::string& name, const std::string& description,
                     std::optional<std::string> fallback);
  std::string Secret(const std::string& name, const std::string& description,
                     std::optional<std::string> fallback);
  // host:port
  std::string Address(const std::string& name, const std::string& description,
                      std::optional<std::string> fallback);
  int64_t Int(const std::string& name, const std::string& description, int64_t fallback,
              int64_t min, int64_t max);
  std::chrono::milliseconds Milliseconds(const std::string& name, const std::string& description,
                                         std::chrono::milliseconds fallback,
                                         std::chrono::milliseconds min,
                                         std::chrono::milliseconds max);
  // From 0 to 1.
  double Ratio(const std::string& name, const std::string& description, double fallback);
  std::string OneOf(const std::string& name, const std::string& description,
                    const std::string& fallback, const std::vector<std::string>& allowed);

  // A rule that a range cannot express, or one between settings: Check names `problem` with all
  // others when it does not hold.
  void Require(bool holds, std::string problem);

  // OK, or kInvalidArgument that names every wrong, missing and unknown ORDERFLOW_* setting at
  // once.
  absl::Status Check() const;

  std::string HelpText() const;       // aligned columns
  std::string MarkdownTable() const;  // for docs/operations.md

 private:
  std::optional<std::string> Find(const std::string& name);
  void Describe(const std::string& name, const std::string& description, std::string default_value,
                std::string range);

  Environment environment_;
  std::vector<SettingDescription> descriptions_;
  std::vector<std::string> problems_;
};

}  // namespace orderflow::config
