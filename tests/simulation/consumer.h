#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libs/inbox/positions.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/environment.h"

namespace orderflow::simulation {

// One consumer group's reading of one topic: progress is part of the group's database and moves in
// the transaction that holds the effects, by compare-and-swap, with the production arithmetic. The
// group has one member that reads, and former members: paused with a batch in hand, their
// partitions given away, they do not know of it until they wake up.
class Consumer {
 public:
  // Stores what a batch leads to; `known` is false when the process does not learn of its commit.
  using Store = std::function<void(bool known)>;
  // Decides about a batch against the stored state; null: the process has died over it.
  using Handle = std::function<Store(std::span<const messaging::Record>)>;
  // What a member that must not store does outside of its database before it finds out.
  using InVain = std::function<void(std::span<const messaging::Record>)>;

  Consumer(Environment& environment, const Broker& broker, Topic topic, Handle handle,
           InVain in_vain = nullptr);

  bool HasWork() const;
  void Poll();
  bool HasZombie() const { return !zombies_.empty(); }
  void WakeZombie();
  // A new member takes all partitions over and reads from what is stored; sometimes the broker
  // delivers from before that.
  void Rebalance();
  // The member is paused with a batch in hand, and another one takes over. False: it had none.
  bool Pause();

 private:
  struct Zombie {
    int32_t partition = 0;
    int64_t first = 0;
    size_t count = 0;
    inbox::Positions positions;  // as it believes them to be
  };
  enum class Result { kStored, kFailed, kFenced };
  // Offsets by partition.
  using Offsets = std::array<int64_t, Broker::kPartitions>;

  std::span<const messaging::Record> Fetch(int32_t partition) const;
  void Apply(std::span<const messaging::Record> records);
  // One transaction, from what the caller believes to be its positions.
  Result Commit(std::span<const messaging::Record> records, inbox::Positions& positions);
  void ReadProgressAgain();

  Environment& environment_;
  const Broker& broker_;
  const Topic topic_;
  const std::string name_;
  const Handle handle_;
  const InVain in_vain_;
  Offsets stored_{};            // in the database
  Offsets next_{};              // what the broker delivers next
  inbox::Positions positions_;  // in the reading member's memory
  std::vector<Zombie> zombies_;
};

}  // namespace orderflow::simulation
