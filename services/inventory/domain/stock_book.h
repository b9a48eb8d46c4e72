#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "services/inventory/domain/item.h"
#include "services/inventory/domain/stock_command.h"

namespace orderflow::inventory {

// By how much a batch changes the stock of one SKU.
struct StockDelta {
  Sku sku;
  int64_t on_hand = 0;
  int64_t reserved = 0;

  bool operator==(const StockDelta&) const = default;
};

// Stock and reservations of one batch, as loaded, and the rules that change them. Commands
// are decided one after the other against this state in memory and then written at once, so that a
// batch costs the same few statements whatever its size. Pure: no I/O, no clock.
//
//              none         RESERVED    REFUSED   RELEASED   COMMITTED  RESTOCKED  EXPIRED
//   reserve    reserve(1)   DONE        refusal   REFUSED(2) DONE       DONE       DONE
//   release    tombstone    release     DONE      DONE       REFUSED    DONE       release
//   commit     REFUSED      commit      REFUSED   REFUSED    DONE       DONE       commit(3)
//   restock    REFUSED      release(4)  REFUSED   DONE       restock    DONE       release(4)
//
// (1) all lines or none: REFUSED naming each unknown SKU, else each short one. (2) the compensation
// came before its action. (3) when the pieces are still there, else FAILED: paid orders wait for
// stock, they are not dropped. (4) the compensation of a commit came before it.
class StockBook {
 public:
  // `stock` holds every known SKU of the commands and of the reservations.
  StockBook(std::map<Sku, Stock> stock, std::map<OrderId, Reservation> reservations);

  Answer Apply(const StockCommand& command);

  // Gives the pieces of a RESERVED reservation back; it becomes EXPIRED. False when it is not
  // RESERVED.
  bool Expire(const OrderId& order_id);

  // What has to be stored: reservations as they now are (version still that of the stored row), and
  // the SKUs whose stock differs, sorted.
  std::vector<Reservation> ChangedReservations() const;
  std::vector<StockDelta> StockDeltas() const;

 private:
  struct Signs {
    int on_hand;
    int reserved;
  };

  Answer ReserveNew(const StockCommand& command);
  static Answer ReserveAgain(const Reservation& reservation);
  Answer Release(const StockCommand& command, Reservation* reservation);
  Answer Commit(Reservation* reservation);
  Answer Restock(const StockCommand& command, Reservation* reservation);

  Reservation& Add(const StockCommand& command);
  void Move(Reservation& reservation, ReservationState to);
  std::vector<Sku> Unknown(std::span<const StockLine> lines) const;
  std::vector<Sku> Short(std::span<const StockLine> lines) const;
  void Change(std::span<const StockLine> lines, Signs signs);

  std::map<Sku, Stock> stock_;
  std::map<OrderId, Reservation> reservations_;
  std::set<OrderId> changed_;
  std::map<Sku, StockDelta> deltas_;
};

}  // namespace orderflow::inventory
