#include "libs/config/settings.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "fmt/format.h"
#include "libs/base/crash_point.h"

namespace orderflow::config {
namespace {

constexpr std::string_view kPrefix = "ORDERFLOW_";
constexpr char kRequired[] = "(required)";
// A name further away than this from every known one is no typing error.
constexpr size_t kTypingErrorsMax = 4;
constexpr int kPortMax = 65535;

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

// Why `text` is not host:port; nothing when it is. IPv6 hosts are written in brackets.
std::optional<std::string> WhyNotAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return "must be host:port";
  }
  const std::string_view host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find(':') != std::string_view::npos) {
    return "must be host:port, with an IPv6 host in brackets";
  }
  if (host.find_first_of(" \t/@") != std::string_view::npos) {
    return "must be host:port, without spaces, user or path";
  }
  const auto port = ParseNumber<int>(text.substr(colon + 1));
  if (!port || *port < 0 || *port > kPortMax) {
    return fmt::format("must end in a port from 0 to {}", kPortMax);
  }
  return std::nullopt;
}

// Levenshtein distance.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts) {
    joined += (joined.empty() ? "" : std::string(separator)) + part;
  }
  return joined;
}

}  // namespace

Settings::Settings(Environment environment) : environment_(std::move(environment)) {}

Settings::Environment Settings::ProcessEnvironment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return environment;
}

std::optional<std::string> Settings::Find(const std::string& name) {
  for (const auto& [key, value] : environment_) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

void Settings::Describe(const std::string& name, const std::string& description,
                        std::string default_value, std::string range) {
  const auto same_name = [&name](const SettingDescription& known) { return known.name == name; };
  if (std::none_of(descriptions_.begin(), descriptions_.end(), same_name)) {
    descriptions_.push_back({name, description, std::move(default_value), std::move(range)});
  }
}

std::string Settings::String(const std::string& name, const std::string& description,
                             std::optional<std::string> fallback) {
  Describe(name, description, fallback.value_or(kRequired), "");
  const std::optional<std::string> value = Find(name);
  if (!fallback && value.value_or("").empty()) {
    problems_.push_back(fmt::format("{} is required: {}", name, description));
    return {};
  }
  return value ? *value : *fallback;
}

std::string Settings::Secret(const std::string& name, const std::string& description,
                             std::optional<std::string> fallback) {
  Describe(name, description, fallback ? "(secret)" : kRequired, "");
  return String(name, description, std::move(fallback));
}

std::string Settings::Address(const std::string& name, const std::string& description,
                              std::optional<std::string> fallback) {
  Describe(name, description, fallback.value_or(kRequired), "host:port");
  std::string value = String(name, description, std::move(fallback));
  if (!value.empty()) {
    if (const auto why = WhyNotAddress(value)) {
      problems_.push_back(fmt::format("{}=\"{}\" {}", name, value, *why));
    }
  }
  return value;
}

int64_t Settings::Int(const std::string& name, const std::string& description, int64_t fallback,
                      int64_t min, int64_t max) {
  const std::string range = fmt::format("{}..{}", min, max);
  Describe(name, description, std::to_string(fallback), range);
  const std::optional<std::string> text = Find(name);
  if (!text) {
    return fallback;
  }
  const auto value = ParseNumber<int64_t>(*text);
  if (!value || *value < min || *value > max) {
    problems_.push_back(fmt::format("{}=\"{}\" must be a whole number in {}", name, *text, range));
    return fallback;
  }
  return *value;
}

double Settings::Ratio(const std::string& name, const std::string& description, double fallback) {
  Describe(name, description, fmt::format("{}", fallback), "0..1");
  const std::optional<std::string> text = Find(name);
  if (!text) {
    return fallback;
  }
  const auto value = ParseNumber<double>(*text);
  if (!value || !(*value >= 0 && *value <= 1)) {
    problems_.push_back(fmt::format("{}=\"{}\" must be a number in 0..1", name, *text));
    return fallback;
  }
  return *value;
}

std::chrono::milliseconds Settings::Milliseconds(const std::string& name,
                                                 const std::string& description,
                                                 std::chrono::milliseconds fallback,
                                                 std::chrono::milliseconds min,
                                                 std::chrono::milliseconds max) {
  return std::chrono::milliseconds(
      Int(name, description, fallback.count(), min.count(), max.count()));
}

std::string Settings::OneOf(const std::string& name, const std::string& description,
                            const std::string& fallback, const std::vector<std::string>& allowed) {
  const std::string range = Join(allowed, " or ");
  Describe(name, description, fallback, range);
  const std::optional<std::string> value = Find(name);
  if (!value) {
    return fallback;
  }
  if (std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    problems_.push_back(fmt::format("{}=\"{}\" must be {}", name, *value, range));
    return fallback;
  }
  return *value;
}

void Settings::Require(bool holds, std::string problem) {
  if (!holds) {
    problems_.push_back(std::move(problem));
  }
}

absl::Status Settings::Check() const {
  std::vector<std::string> problems = problems_;
  for (const auto& [name, value] : environment_) {
    if (!std::string_view(name).starts_with(kPrefix)) {
      continue;
    }
    if (kHasCrashPoints && name == kCrashPointSetting) {
      continue;  // of a test build, and nothing that a program declares
    }
    const SettingDescription* nearest = nullptr;
    size_t nearest_distance = kTypingErrorsMax + 1;
    for (const SettingDescription& known : descriptions_) {
      const size_t distance = EditDistance(name, known.name);
      if (distance < nearest_distance) {
        nearest = &known;
        nearest_distance = distance;
      }
    }
    if (nearest_distance > 0) {
      problems.push_back(
          nearest == nullptr
              ? fmt::format("{} is not a setting of this program; --help lists them", name)
              : fmt::format("{} is not a setting of this program; did you mean {}?", name,
                            nearest->name));
    }
  }
  if (problems.empty()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(fmt::format("wrong settings:\n  {}", Join(problems, "\n  ")));
}

std::string Settings::HelpText() const {
  size_t name_width = 0;
  size_t default_width = 0;
  for (const SettingDescription& setting : descriptions_) {
    name_width = std::max(name_width, setting.name.size());
    default_width = std::max(default_width, setting.default_value.size());
  }
  std::string text;
  for (const SettingDescription& setting : descriptions_) {
    text += fmt::format("  {:<{}}  {:<{}}  {}{}\n", setting.name, name_width, setting.default_value,
                        default_width, setting.description,
                        setting.range.empty() ? "" : fmt::format(" [{}]", setting.range));
  }
  return text;
}

std::string Settings::MarkdownTable() const {
  std::string text = "| Setting | Default | Range | Meaning |\n| --- | --- | --- | --- |\n";
  for (const SettingDescription& setting : descriptions_) {
    const std::string shown = setting.default_value.empty() ? "(empty)" : setting.default_value;
    text += fmt::format("| `{}` | {} | {} | {} |\n", setting.name, shown, setting.range,
                        setting.description);
  }
  return text;
}

}  // namespace orderflow::config
