#include "tools/verify/fact_stream.h"

#include <algorithm>
#include <optional>
#include <string>

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"

namespace orderflow::verify {
namespace {

// The rows of one source, page by page. Not threadsafe.
class Stream {
 public:
  Stream(const FactSource& source, postgres::Transaction& transaction)
      : source_(source), transaction_(transaction) {}

  // Takes the snapshot, once; nothing is read yet.
  absl::Status Declare(const FactScope& scope) {
    if (!is_declared_) {
      RETURN_IF_ERROR(transaction_.Execute(source_.declare, source_.params(scope)).status());
      is_declared_ = true;
    }
    return absl::OkStatus();
  }

  absl::Status FetchFirstPage() { return page_.has_value() ? absl::OkStatus() : FetchPage(); }

  // Nothing at the end.
  std::optional<std::string> Key() const {
    return AtEnd() ? std::nullopt : std::make_optional((*page_)[next_].String(0));
  }

  // Adds the current row to `facts` when it is about them, and moves on.
  absl::Status TakeIfAbout(OrderFacts& facts) {
    if (AtEnd() || (*page_)[next_].Text(0) != facts.order_id) {
      return absl::OkStatus();
    }
    source_.apply((*page_)[next_], facts);
    return ++next_ < page_->size() ? absl::OkStatus() : FetchPage();
  }

 private:
  absl::Status FetchPage() {
    ASSIGN_OR_RETURN(page_, transaction_.Execute(source_.fetch));
    next_ = 0;
    return absl::OkStatus();
  }

  bool AtEnd() const { return next_ >= page_->size(); }

  const FactSource& source_;
  postgres::Transaction& transaction_;
  bool is_declared_ = false;
  std::optional<postgres::Rows> page_;
  int next_ = 0;
};

// Opens one transaction inside the other, so that all cursors live at the same time. The body of a
// transaction may run again (aborted, or its idle connection was dead): it first drops what it had
// opened, and once an order was visited it gives up instead. Not threadsafe.
class Join {
 public:
  Join(const std::vector<FactSource>& sources, const FactScope& scope,
       const std::function<void(const OrderFacts&)>& visit)
      : sources_(sources), scope_(scope), visit_(visit) {
    streams_.reserve(sources.size());
  }

  // With the sources from `first` on; those before are open.
  absl::Status OpenAndMerge(size_t first) {
    if (first == sources_.size()) {
      return Merge();
    }
    const FactSource& source = sources_[first];
    return source.pool->RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
      if (has_visited_) {
        return absl::UnavailableError("a database aborted the reading in the middle; run it again");
      }
      while (streams_.size() > first) {
        streams_.pop_back();
      }
      streams_.emplace_back(source, transaction);
      return OpenAndMerge(first + 1);
    });
  }

 private:
  absl::Status Merge() {
    // A first page may need a sort of the whole table: the snapshots must not wait for it.
    for (Stream& stream : streams_) {
      RETURN_IF_ERROR(stream.Declare(scope_));
    }
    for (Stream& stream : streams_) {
      RETURN_IF_ERROR(stream.FetchFirstPage());
    }
    while (true) {
      std::optional<std::string> smallest;
      for (const Stream& stream : streams_) {
        std::optional<std::string> key = stream.Key();
        if (key && (!smallest || *key < *smallest)) {
          smallest = std::move(key);
        }
      }
      if (!smallest) {
        return absl::OkStatus();
      }
      OrderFacts facts;
      facts.order_id = *std::move(smallest);
      for (Stream& stream : streams_) {
        RETURN_IF_ERROR(stream.TakeIfAbout(facts));
      }
      has_visited_ = true;
      visit_(facts);
    }
  }

  const std::vector<FactSource>& sources_;
  const FactScope& scope_;
  const std::function<void(const OrderFacts&)>& visit_;
  std::vector<Stream> streams_;
  bool has_visited_ = false;
};

}  // namespace

absl::Status ForEachOrder(const std::vector<FactSource>& sources, const FactScope& scope,
                          const std::function<void(const OrderFacts&)>& visit) {
  return Join(sources, scope, visit).OpenAndMerge(0);
}

}  // namespace orderflow::verify
