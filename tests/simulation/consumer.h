#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "tests/simulation/broker.h"
#include "tests/simulation/environment.h"

namespace orderflow::simulation {

// One consumer group's reading of one topic: progress is part of the group's database and moves in
// the transaction that holds the effects, by compare-and-swap.
class Consumer {
 public:
  // Stores what a batch leads to; `known` is false when the process does not learn of its commit.
  using Store = std::function<void(bool known)>;
  // Decides about a batch against the stored state.
  using Handle = std::function<Store(std::span<const messaging::Record>)>;

  Consumer(Environment& environment, const Broker& broker, std::string topic, Handle handle);

  bool HasWork() const;
  void Poll();
  // A consumer of the same group is paused here, and tries to go on from here when it wakes up.
  void PauseOne() { zombie_ = progress_; }
  bool HasZombie() const { return !zombie_.empty(); }
  void WakeZombie();

 private:
  using Progress = std::map<int32_t, int64_t>;  // next offset by partition

  std::span<const messaging::Record> Read(const Progress& from, int32_t partition);

  Environment& environment_;
  const Broker& broker_;
  const std::string topic_;
  const Handle handle_;
  Progress progress_;
  Progress zombie_;
};

}  // namespace orderflow::simulation
