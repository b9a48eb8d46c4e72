#include "libs/postgres/connection_string.h"

#include <chrono>
#include <utility>
#include <vector>

#include "fmt/format.h"

namespace orderflow::postgres {
namespace {

constexpr int64_t kIdleInTransactionMs = 10'000;

int64_t Millis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::vector<std::pair<std::string, std::string>> Settings(const SessionSettings& settings) {
  // client_min_messages: notices ("table exists, skipping") are no news to us.
  // plan_cache_mode: statements are prepared once, and their arrays and limits differ at each run.
  // A plan that does not depend on them costs no planning, and never reads a whole table because a
  // batch looks large (docs/adr/0015).
  // enable_seqscan: for an empty table the planner prefers to read it all, and a plan that is made
  // then stays until autovacuum comes by, while the table grows by thousands of rows a second.
  // Sessions that read whole tables get plans for the values at hand, and may wait in a transaction
  // for as long as a statement elsewhere takes: they hold a snapshot while others are read.
  // jit: what has to be read whole all the same would look costly enough to be compiled.
  const std::string options = fmt::format(
      "-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c client_min_messages=warning "
      "-c plan_cache_mode={} -c jit=off -c enable_seqscan={} "
      "-c idle_in_transaction_session_timeout={} -c statement_timeout={} -c lock_timeout={}",
      settings.reads_whole_tables ? "force_custom_plan" : "force_generic_plan",
      settings.reads_whole_tables ? "on" : "off",
      settings.reads_whole_tables ? Millis(settings.statement_timeout) : kIdleInTransactionMs,
      Millis(settings.statement_timeout), Millis(settings.lock_timeout));
  return {{"application_name", settings.application_name},
          {"client_encoding", "UTF8"},
          {"connect_timeout", "2"},
          {"tcp_user_timeout", "5000"},
          {"keepalives_idle", "5"},
          {"keepalives_interval", "2"},
          {"keepalives_count", "3"},
          {"target_session_attrs", "read-write"},
          {"options", options}};
}

bool IsUri(std::string_view url) {
  return url.substr(0, 13) == "postgresql://" || url.substr(0, 11) == "postgres://";
}

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto digit = [](char c) {
      const std::string_view digits = "0123456789abcdef";
      return digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    };
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) < 16 &&
        digit(text[i + 2]) < 16) {
      decoded += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string QuoteValue(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

// "user:password" of a URI and where it stands; empty when there is none.
std::string_view UserInfo(std::string_view url) {
  if (!IsUri(url)) {
    return {};
  }
  const size_t begin = url.find("://") + 3;
  const std::string_view authority = url.substr(begin, url.find_first_of("/?", begin) - begin);
  const size_t at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
}

}  // namespace

std::string CompleteConnectionString(std::string_view url, const SessionSettings& settings) {
  std::string completed(url);
  if (IsUri(url)) {
    char separator = url.find('?') == std::string_view::npos ? '?' : '&';
    for (const auto& [name, value] : Settings(settings)) {
      completed += fmt::format("{}{}={}", separator, name, PercentEncode(value));
      separator = '&';
    }
    return completed;
  }
  for (const auto& [name, value] : Settings(settings)) {
    completed += fmt::format(" {}={}", name, QuoteValue(value));
  }
  return completed;
}

std::string UserOf(std::string_view url) {
  const std::string_view user_info = UserInfo(url);
  return PercentDecode(user_info.substr(0, user_info.find(':')));
}

}  // namespace orderflow::postgres
