#include "tools/verify/checkpoint_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tools/verify/replace_file.h"

namespace orderflow::verify {
namespace {

constexpr char kHeader[] = "orderflow-verify-checkpoint 1";
constexpr char kNobody[] = "-";  // for an empty list

int64_t Microseconds(Timestamp time) { return time.time_since_epoch().count(); }

absl::Status Damaged(const std::string& what) { return absl::DataLossError(what); }

// One line into its place. False when it does not have the form of its kind.
bool Apply(const std::string& line, Checkpoint& checkpoint) {
  std::istringstream stream(line);
  std::string kind;
  stream >> kind;
  if (kind == "position") {
    std::string database;
    int64_t time = 0;
    int64_t safe_time = 0;
    Position position;
    stream >> database >> time >> safe_time >> position.snapshot >> position.running;
    position.time = Timestamp(Duration(time));
    position.safe_time = Timestamp(Duration(safe_time));
    if (position.running == kNobody) {
      position.running.clear();
    }
    checkpoint.positions[database] = std::move(position);
  } else if (kind == "unsettled") {
    // References at the provider may have spaces.
    std::string order_id;
    std::getline(stream >> std::ws, order_id);
    checkpoint.unsettled.insert(order_id);
  } else if (kind == "recent") {
    std::string order_id;
    Checkpoint::Recent recent;
    stream >> order_id >> recent.newest_id >> recent.counted;
    checkpoint.recent[order_id] = std::move(recent);
  } else if (kind == "sold") {
    std::string sku;
    int64_t pieces = 0;
    stream >> sku >> pieces;
    checkpoint.sold[sku] = pieces;
  } else {
    return false;
  }
  return !stream.fail();
}

}  // namespace

std::string CheckpointText(const Checkpoint& checkpoint) {
  fmt::memory_buffer text;
  size_t lines = 0;
  const auto add = [&](const auto& format, const auto&... arguments) {
    fmt::format_to(std::back_inserter(text), fmt::runtime(format), arguments...);
    ++lines;
  };
  add("{}\n", kHeader);
  for (const auto& [database, position] : checkpoint.positions) {
    add("position {} {} {} {} {}\n", database, Microseconds(position.time),
        Microseconds(position.safe_time), position.snapshot,
        position.running.empty() ? kNobody : position.running);
  }
  for (const std::string& order_id : checkpoint.unsettled) {
    if (order_id.find('\n') == std::string::npos) {
      add("unsettled {}\n", order_id);
    }
  }
  for (const auto& [order_id, recent] : checkpoint.recent) {
    add("recent {} {} {:d}\n", order_id, recent.newest_id, recent.counted);
  }
  for (const auto& [sku, pieces] : checkpoint.sold) {
    add("sold {} {}\n", sku, pieces);
  }
  return fmt::to_string(text) + fmt::format("end {}\n", lines);
}

absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text) {
  std::istringstream stream(text);
  std::string line;
  if (!std::getline(stream, line) || line != kHeader) {
    return Damaged("the checkpoint is not one of this version");
  }
  Checkpoint checkpoint;
  for (size_t lines = 1; std::getline(stream, line); ++lines) {
    if (line == fmt::format("end {}", lines)) {
      return checkpoint;
    }
    if (!Apply(line, checkpoint)) {
      return Damaged(fmt::format("line {} of the checkpoint is damaged", lines + 1));
    }
  }
  return Damaged("the checkpoint is cut off");
}

absl::StatusOr<StoredCheckpoint> LoadCheckpoint(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) {
      return StoredCheckpoint{};
    }
    return absl::UnavailableError(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  std::ostringstream text;
  text << file.rdbuf();
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(text.str());
  if (!checkpoint.ok()) {
    return StoredCheckpoint{.checkpoint = {}, .damage = Message(checkpoint.status())};
  }
  return StoredCheckpoint{.checkpoint = *std::move(checkpoint)};
}

absl::Status SaveCheckpoint(const std::string& path, const Checkpoint& checkpoint) {
  return ReplaceFile(path, CheckpointText(checkpoint));
}

}  // namespace orderflow::verify
