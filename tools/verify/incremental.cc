#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"
#include "tools/verify/checks/changes.h"
#include "tools/verify/checks/fact_sources.h"
#include "tools/verify/checks/stock_sums.h"
#include "tools/verify/fact_stream.h"
#include "tools/verify/table_check_run.h"
#include "tools/verify/verification.h"

namespace orderflow::verify {
namespace {

constexpr size_t kOrdersAtOnce = 10'000;
constexpr char kInventory[] = "inventory";
constexpr char kOrders[] = "orders";

// What has to be looked at, and the stock as it was just before that was known.
struct Changes {
  std::map<std::string, Position> positions;
  std::set<std::string> orders;
  std::map<std::string, StockSum> stock;
  Pieces sold;  // by `orders`
};

std::vector<std::string> TakeSome(std::set<std::string>::const_iterator& next,
                                  const std::set<std::string>& all) {
  std::vector<std::string> some;
  while (next != all.end() && some.size() < kOrdersAtOnce) {
    some.push_back(*next++);
  }
  return some;
}

class ChangeReader {
 public:
  ChangeReader(const Databases& databases, const Demands& demands, const Checkpoint& checkpoint)
      : databases_(databases), demands_(demands), checkpoint_(checkpoint) {}

  // kResourceExhausted: too many. kFailedPrecondition: the checkpoint is not of these databases.
  absl::StatusOr<Changes> Read() {
    for (const ChangeFeed& feed : ChangeFeeds(databases_)) {
      const auto before = checkpoint_.positions.find(feed.database);
      if (before == checkpoint_.positions.end()) {
        return absl::FailedPreconditionError("the checkpoint does not know " + feed.database);
      }
      ASSIGN_OR_RETURN(Position position, ReadRunning(*feed.pool));
      SetSafeTime(&before->second, position);
      changes_.positions[feed.database] = std::move(position);
    }
    // The stock's snapshot comes before the others: a reservation that has changed in it belongs to
    // a saga that they show, so every change is by one of the orders that are found.
    RETURN_IF_ERROR(databases_.inventory.RunReadOnly(
        [this](postgres::Transaction& inventory) { return ReadWithStock(inventory); }));
    return std::move(changes_);
  }

 private:
  // May run again when the transaction was aborted.
  absl::Status ReadWithStock(postgres::Transaction& inventory) {
    changes_.orders = checkpoint_.unsettled;
    changes_.sold.clear();
    const std::vector<ChangeFeed> feeds = ChangeFeeds(databases_);
    const auto stock = std::find_if(feeds.begin(), feeds.end(), [](const ChangeFeed& feed) {
      return feed.database == kInventory;
    });
    RETURN_IF_ERROR(ReadFeed(*stock, inventory));
    ASSIGN_OR_RETURN(changes_.stock, ReadStock(inventory));
    for (const ChangeFeed& feed : feeds) {
      if (feed.database != kInventory) {
        RETURN_IF_ERROR(feed.pool->RunReadOnly(
            [&](postgres::Transaction& transaction) { return ReadFeed(feed, transaction); }));
      }
    }
    for (auto next = changes_.orders.cbegin(); next != changes_.orders.cend();) {
      ASSIGN_OR_RETURN(const Pieces sold, ReadSoldBy(inventory, TakeSome(next, changes_.orders)));
      for (const auto& [sku, pieces] : sold) {
        changes_.sold[sku] += pieces;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadFeed(const ChangeFeed& feed, postgres::Transaction& transaction) {
    const Position& before = checkpoint_.positions.at(feed.database);
    Position& position = changes_.positions.at(feed.database);
    RETURN_IF_ERROR(FixSnapshot(transaction, position));
    if (IsOlder(position.snapshot, before)) {
      return absl::FailedPreconditionError(feed.database + " has gone back behind the checkpoint");
    }
    return ReadChanges(transaction, feed, before, demands_.changed_orders_max, changes_.orders);
  }

  const Databases& databases_;
  const Demands& demands_;
  const Checkpoint& checkpoint_;
  Changes changes_;
};

absl::StatusOr<VerificationResult> Look(const Databases& databases, const Demands& demands,
                                        Changes changes, Checkpoint& checkpoint) {
  const Position& before = checkpoint.positions.at(kOrders);
  const FactScope like{
      .whole = false, .order_ids = {}, .requests_since = before.safe_time - kIdsEarlierMax};
  OrderFindings orders(ContextOf(demands, databases));
  SecondLook second_look(orders, demands.second_look);
  CheckpointUpdate update(checkpoint, std::move(changes.positions), databases.provider != nullptr);
  const std::vector<FactSource> sources = FactSources(databases);
  for (auto next = changes.orders.cbegin(); next != changes.orders.cend();) {
    FactScope scope = like;
    scope.order_ids = TakeSome(next, changes.orders);
    RETURN_IF_ERROR(ForEachOrder(sources, scope, [&](const OrderFacts& facts) {
      second_look.Suspect(facts.order_id, orders.Check(facts));
      update.Look(facts);
    }));
  }
  RETURN_IF_ERROR(second_look.Decide(sources, like));

  VerificationResult result{
      .whole = false, .orders = orders.orders(), .findings = orders.findings()};
  Pieces sold = std::move(changes.sold);
  for (const auto& [sku, pieces] : update.sold_by_others()) {
    sold[sku] += pieces;
  }
  RETURN_IF_ERROR(RunAll({AnsweredCheck(databases, like.requests_since)}, result.findings));
  result.findings.push_back(StockAddsUp(changes.stock, sold));
  RETURN_IF_ERROR(RunAll({ReservedCheck(databases)}, result.findings));
  result.findings.push_back(second_look.Undecided());
  RETURN_IF_ERROR(RunAll(TimelinessChecks(databases, demands.bounds), result.findings));
  checkpoint = std::move(update).Finish();
  return result;
}

}  // namespace

absl::StatusOr<VerificationResult> VerifyChanges(const Databases& databases, const Demands& demands,
                                                 Checkpoint& checkpoint) {
  if (checkpoint.positions.empty()) {
    return Verify(databases, demands, &checkpoint);
  }
  absl::StatusOr<Changes> changes = ChangeReader(databases, demands, checkpoint).Read();
  if (absl::IsResourceExhausted(changes.status()) || absl::IsFailedPrecondition(changes.status())) {
    return Verify(databases, demands, &checkpoint);
  }
  RETURN_IF_ERROR(changes.status());
  return Look(databases, demands, *std::move(changes), checkpoint);
}

}  // namespace orderflow::verify
