// Disks of the servers that are full or cannot sync: shims/failing_disk.cc is preloaded into
// PostgreSQL and Kafka, and fails what they ask for while a fault says so.
#include <cerrno>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;

struct DiskTrouble {
  const char* server;
  const char* call;  // "write" or "sync"
  int error;
  const char* part;  // of the paths that it concerns
  // What the server says in its log, a regular expression.
  const char* complaint;
  bool ends_server;
};

class DiskFault final : public Fault {
 public:
  DiskFault(const DiskTrouble& trouble, milliseconds time) : trouble_(trouble), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf(trouble_.server));
    ASSIGN_OR_RETURN(const int64_t before, Complaints(rig));
    RETURN_IF_ERROR(rig.FailDisk(
        trouble_.server, fmt::format("{} {} {}", trouble_.call, trouble_.error, trouble_.part)));
    Provoke(rig);
    RETURN_IF_ERROR(AwaitAtLeast([&] { return Complaints(rig); }, static_cast<double>(before + 1),
                                 fmt::format("{} says {}", trouble_.server, trouble_.complaint))
                        .status());
    if (trouble_.ends_server) {
      RETURN_IF_ERROR(Await([pid] { return IsGone(pid); }, "the server is gone"));
    }
    LetPass(time_);
    ASSIGN_OR_RETURN(const int64_t after, Complaints(rig));
    return fmt::format("{} complained {} times within {} ms{}", trouble_.server, after - before,
                       time_.count(),
                       trouble_.ends_server ? fmt::format(", pid {} gone", pid) : "");
  }

  absl::Status Heal(Rig& rig) override {
    rig.MendDisk(trouble_.server);
    return rig.Up(trouble_.server);
  }

 private:
  // grep ends with 1 when it has counted none, and with 2 when it could not read.
  absl::StatusOr<int64_t> Complaints(Rig& rig) const {
    return rig.RunForNumber(
        fmt::format("grep -acE '{}' \"$ORDERFLOW_STATE_DIR/logs/{}.log\" || test $? -eq 1",
                    trouble_.complaint, trouble_.server));
  }

  // Data files are synced by checkpoints only, which are rare. That this one fails is the point.
  void Provoke(Rig& rig) const {
    if (std::string(trouble_.part) == "/base/" && std::string(trouble_.call) == "sync") {
      rig.Run("psql -X -q -c CHECKPOINT \"$(deploy/local/postgres.sh admin-url)\"")
          .status()
          .IgnoreError();
    }
  }

  const DiskTrouble trouble_;
  const milliseconds time_;
};

FaultKind Kind(const std::string& name, const DiskTrouble& trouble) {
  return {name, {}, [trouble](Random& random) {
            return std::make_unique<DiskFault>(trouble, milliseconds(500 + random.Below(4000)));
          }};
}

}  // namespace

std::vector<FaultKind> DiskFaults() {
  return {
      // Rows do not fit: transactions fail one by one.
      Kind("disk-full-postgres",
           {"postgres", "write", ENOSPC, "/base/", "ERROR.*No space left on device", false}),
      // The log does not fit: all sessions end, and the server recovers once there is room.
      Kind("disk-full-postgres-wal",
           {"postgres", "write", ENOSPC, "/pg_wal/", "PANIC.*No space left on device", false}),
      // What was not synced may be lost: all sessions end rather than be told of a commit.
      Kind("eio-on-sync-postgres-wal",
           {"postgres", "sync", EIO, "/pg_wal/", "PANIC.*Input/output error", false}),
      Kind("eio-on-sync-postgres-data",
           {"postgres", "sync", EIO, "/base/", "PANIC.*Input/output error", true}),
      Kind("disk-full-kafka",
           {"kafka", "write", ENOSPC, "/kafka/data/", "No space left on device", true}),
      // Java names the error, or not, by which of its classes has synced.
      Kind("eio-on-sync-kafka",
           {"kafka", "sync", EIO, "/kafka/data/", "Input/output error|SyncFailedException", true}),
  };
}

}  // namespace orderflow::fault
