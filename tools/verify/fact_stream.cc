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

  // Takes the snapshot; nothing is read yet.
  absl::Status Declare(const FactScope& scope) {
    return transaction_.Execute(source_.declare, source_.params(scope)).status();
  }

  absl::Status FetchPage() {
    ASSIGN_OR_RETURN(page_, transaction_.Execute(source_.fetch));
    next_ = 0;
    return absl::OkStatus();
  }

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
  bool AtEnd() const { return next_ >= page_->size(); }

  const FactSource& source_;
  postgres::Transaction& transaction_;
  std::optional<postgres::Rows> page_;
  int next_ = 0;
};

absl::Status Merge(std::vector<Stream>& streams, const FactScope& scope,
                   const std::function<void(const OrderFacts&)>& visit) {
  // A first page may need a sort of the whole table: the snapshots must not wait for it.
  for (Stream& stream : streams) {
    RETURN_IF_ERROR(stream.Declare(scope));
  }
  for (Stream& stream : streams) {
    RETURN_IF_ERROR(stream.FetchPage());
  }
  while (true) {
    std::optional<std::string> smallest;
    for (const Stream& stream : streams) {
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
    for (Stream& stream : streams) {
      RETURN_IF_ERROR(stream.TakeIfAbout(facts));
    }
    visit(facts);
  }
}

// Opens one transaction inside the other, so that all cursors live at the same time.
absl::Status OpenAndMerge(const std::vector<FactSource>& sources, std::vector<Stream>& streams,
                          const FactScope& scope,
                          const std::function<void(const OrderFacts&)>& visit) {
  if (streams.size() == sources.size()) {
    return Merge(streams, scope, visit);
  }
  const FactSource& source = sources[streams.size()];
  return source.pool->RunReadOnly([&](postgres::Transaction& transaction) {
    streams.emplace_back(source, transaction);
    return OpenAndMerge(sources, streams, scope, visit);
  });
}

}  // namespace

absl::Status ForEachOrder(const std::vector<FactSource>& sources, const FactScope& scope,
                          const std::function<void(const OrderFacts&)>& visit) {
  std::vector<Stream> streams;
  streams.reserve(sources.size());
  return OpenAndMerge(sources, streams, scope, visit);
}

}  // namespace orderflow::verify
