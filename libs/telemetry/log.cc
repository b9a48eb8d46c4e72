#include "libs/telemetry/log.h"

#include <memory>

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/basic_file_sink.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace orderflow::telemetry {
namespace {

constexpr char kLoggerName[] = "orderflow";
// A crash loses at most this much of a log file; warnings and errors are written out at once.
constexpr std::chrono::seconds kFlushInterval{1};

// JSON text in quotes; invalid UTF-8 becomes U+FFFD, so a line is always valid JSON.
std::string Quoted(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Text as part of a spdlog pattern, where % begins a placeholder.
std::string InPattern(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '%' ? "%%" : std::string(1, c);
  }
  return escaped;
}

std::shared_ptr<spdlog::logger> MakeLogger(const LogOptions& options, spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>(kLoggerName, std::move(sink));
  std::string pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l")";
  if (!options.service.empty()) {
    pattern += fmt::format(R"(,"service":{},"instance":{})", InPattern(Quoted(options.service)),
                           InPattern(Quoted(options.instance_id)));
  }
  logger->set_pattern(pattern + ",%v}", spdlog::pattern_time_type::utc);
  logger->set_level(ToSpdlog(options.level));
  logger->flush_on(spdlog::level::warn);
  return logger;
}

// The process's log. It is never destroyed: threads may log until the very end.
std::shared_ptr<spdlog::logger>& Logger() {
  static auto& logger = *new std::shared_ptr<spdlog::logger>(
      MakeLogger(LogOptions{}, std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  return logger;
}

}  // namespace

void InitLog(const LogOptions& options) {
  spdlog::sink_ptr sink;
  std::string problem;
  if (!options.file.empty()) {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    } catch (const spdlog::spdlog_ex& error) {
      problem = error.what();
    }
  }
  if (sink == nullptr) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  spdlog::drop(kLoggerName);
  Logger() = MakeLogger(options, std::move(sink));
  spdlog::register_logger(Logger());
  // Registering applies spdlog's own default level.
  Logger()->set_level(ToSpdlog(options.level));
  Logger()->flush_on(spdlog::level::warn);
  spdlog::flush_every(kFlushInterval);
  if (!problem.empty()) {
    LogError("log file cannot be opened, logging to standard error",
             {{"file", options.file}, {"error", problem}});
  }
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  spdlog::logger& logger = *Logger();
  if (!logger.should_log(ToSpdlog(level))) {
    return;
  }
  std::string line = fmt::format("\"message\":{}", Quoted(message));
  for (const LogField& field : fields) {
    line += fmt::format(",{}:{}", Quoted(field.name), Quoted(field.value));
  }
  logger.log(spdlog::source_loc{}, ToSpdlog(level),
             spdlog::string_view_t(line.data(), line.size()));
}

void LogDebug(std::string_view message, std::initializer_list<LogField> fields) {
  Log(LogLevel::kDebug, message, fields);
}
void LogInfo(std::string_view message, std::initializer_list<LogField> fields) {
  Log(LogLevel::kInfo, message, fields);
}
void LogWarning(std::string_view message, std::initializer_list<LogField> fields) {
  Log(LogLevel::kWarning, message, fields);
}
void LogError(std::string_view message, std::initializer_list<LogField> fields) {
  Log(LogLevel::kError, message, fields);
}

void FlushLog() { Logger()->flush(); }

}  // namespace orderflow::telemetry
