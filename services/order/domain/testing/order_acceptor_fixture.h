#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/sequential_ids.h"
#include "services/order/domain/order_acceptor.h"
#include "services/order/domain/testing/order_store_stub.h"

namespace orderflow::order {

// Commits like the table, and says what was committed together.
class StoreInMemory final : public OrderStoreStub {
 public:
  absl::StatusOr<std::map<RequestKey, StoredAnswer>> FindAnswers(
      std::span<const RequestKey> keys) override {
    MutexLock lock(mutex_);
    ++finds;
    if (!find_error.ok()) {
      return find_error;
    }
    std::map<RequestKey, StoredAnswer> found;
    for (const RequestKey& key : keys) {
      if (const auto answer = answers.find(key); answer != answers.end()) {
        found.insert(*answer);
      }
    }
    return found;
  }

  absl::StatusOr<std::map<RequestKey, StoredAnswer>> Accept(
      std::span<const Decision> decisions) override {
    MutexLock lock(mutex_);
    batch_sizes.push_back(decisions.size());
    std::map<RequestKey, StoredAnswer> before;
    for (const Decision& decision : decisions) {
      const auto [entry, added] =
          answers.try_emplace(decision.key, StoredAnswer{decision.body_hash, decision.answer});
      if (!added) {
        before.insert(*entry);
      }
    }
    if (doubtful_commits > 0) {
      --doubtful_commits;
      return absl::UnknownError("connection lost during commit");
    }
    return before;
  }

  std::map<RequestKey, StoredAnswer> answers;
  std::vector<size_t> batch_sizes;
  int doubtful_commits = 0;
  int finds = 0;
  absl::Status find_error;

 private:
  Mutex mutex_;
};

class FixedPrices final : public PriceQuoter {
 public:
  absl::StatusOr<Quotes> Quote(std::span<const Sku> skus, Timestamp) override {
    ++calls;
    if (!error.ok()) {
      return error;
    }
    Quotes quotes;
    for (const Sku& sku : skus) {
      if (sku.value() != unknown) {
        quotes.emplace(sku, Money{"EUR", 100});
      }
    }
    return quotes;
  }
  absl::Status error;
  std::string unknown = "unknown";
  std::atomic<int> calls = 0;  // workers call at the same time
};

class OrderAcceptorTest : public ::testing::Test {
 protected:
  using Answer = std::shared_ptr<std::promise<absl::StatusOr<Order>>>;

  CreateOrder ARequest(const std::string& request_id, const std::string& sku = "A") {
    CreateOrder request{.key = {CustomerId("c1"), RequestId(request_id)},
                        .lines = {{Sku(sku), 1, 0}},
                        .payment_method_token = "tok",
                        .email = "a@example.com",
                        .currency_code = "EUR",
                        .body_hash = "",
                        .traceparent = "",
                        .deadline = clock_.Now() + std::chrono::seconds(10)};
    request.body_hash = BodyHash(request);
    return request;
  }

  std::future<absl::StatusOr<Order>> Submit(OrderAcceptor& acceptor, CreateOrder request) {
    auto answer = std::make_shared<std::promise<absl::StatusOr<Order>>>();
    auto future = answer->get_future();
    acceptor.Submit(std::move(request),
                    [answer](absl::StatusOr<Order> order) { answer->set_value(std::move(order)); });
    return future;
  }

  // Runs what is queued to its end in this thread.
  static void Drain(OrderAcceptor& acceptor) {
    acceptor.Close();
    acceptor.Run({});
  }

  // The answer to a request that is alone in its process.
  absl::StatusOr<Order> AnswerTo(CreateOrder request) {
    OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
    auto answer = Submit(acceptor, std::move(request));
    Drain(acceptor);
    return answer.get();
  }

  testing::FakeClock clock_;
  testing::SequentialIds ids_;
  StoreInMemory store_;
  FixedPrices quoter_;
};

}  // namespace orderflow::order
