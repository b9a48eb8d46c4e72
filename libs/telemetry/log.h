#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace orderflow::telemetry {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One fact of a log line. Names are those of the glossary: order_id, saga_id, message_id, trace_id.
struct LogField {
  std::string_view name;
  std::string value;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  std::string service;
  std::string instance_id;
  std::string file;  // empty: standard error
};

// Sets the process's log up; once, before any thread starts. Until then lines go to standard error.
void InitLog(const LogOptions& options);

// Writes one JSON line {"time":..,"level":..,"service":..,"message":..,<fields>}. `message` is a
// fixed sentence; what varies are fields. Values are escaped. Threadsafe. Never pass secrets,
// payment tokens, e-mail addresses or whole messages.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {});
void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {});
void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {});
void LogError(std::string_view message, std::initializer_list<LogField> fields = {});

// Writes out buffered lines; at exit and from tests.
void FlushLog();

}  // namespace orderflow::telemetry
