// Proves that each read is answered once and with its own order, whatever else is in its batch, and
// that reads nobody waits for are not made. Orders come from a store in memory, in one thread: what
// is queued before Run is one batch.
#include "services/order/domain/order_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/order/domain/testing/order_store_stub.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Knows the orders "a" and "b". One whose id is `corrupt` cannot be read, nor what is read with it.
class FewOrders final : public OrderStoreStub {
 public:
  absl::StatusOr<std::map<OrderId, Order>> Get(std::span<const OrderId> order_ids) override {
    std::vector<std::string> asked;
    std::map<OrderId, Order> orders;
    for (const OrderId& id : order_ids) {
      asked.push_back(id.value());
      if (id == OrderId("a") || id == OrderId("b")) {
        Order order;
        order.order_id = id;
        orders.emplace(id, std::move(order));
      }
    }
    statements.push_back(asked);
    for (const std::string& id : asked) {
      if (id == corrupt) {
        return absl::InternalError("a column holds something else");
      }
    }
    RETURN_IF_ERROR(failure);
    return orders;
  }

  std::vector<std::vector<std::string>> statements;
  std::string corrupt;
  absl::Status failure;
};

// How a read was answered.
struct Answer {
  absl::Status status = absl::UnknownError("not answered");
  std::string order_id;  // empty: there is none
  int times = 0;
};

class OrderReaderTest : public ::testing::Test {
 protected:
  OrderRead Read(const std::string& id, Answer& answer) {
    return {.order_id = OrderId(id),
            .deadline = clock_.Now() + seconds(1),
            .done = [&answer](const absl::Status& status, const Order* order) {
              ++answer.times;
              answer.status = status;
              answer.order_id = order == nullptr ? "" : order->order_id.value();
            }};
  }
  // Answers what waits.
  void Run() {
    reader_.Close();
    reader_.Run({});
  }

  orderflow::testing::FakeClock clock_;
  FewOrders store_;
  OrderReader reader_{store_, clock_, {.batch_max = 10, .queue_max = 4}};
};

TEST_F(OrderReaderTest, AnswersABatchByOneStatementAndEachWithItsOwnOrder) {
  std::vector<Answer> answers(4);
  reader_.Submit(Read("b", answers[0]));
  reader_.Submit(Read("a", answers[1]));
  reader_.Submit(Read("b", answers[2]));
  reader_.Submit(Read("none", answers[3]));

  Run();

  EXPECT_THAT(store_.statements, ElementsAre(ElementsAre("a", "b", "none")));
  const std::vector<std::string> expected{"b", "a", "b", ""};
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_THAT(answers[i].status, IsOk());
    EXPECT_EQ(answers[i].order_id, expected[i]);
    EXPECT_EQ(answers[i].times, 1);
  }
}

TEST_F(OrderReaderTest, DoesNotReadForCallersWhoAreGone) {
  Answer late;
  Answer given_up;
  OrderRead cancelled = Read("b", given_up);
  cancelled.is_given_up = [] { return true; };
  reader_.Submit(Read("a", late));
  reader_.Submit(std::move(cancelled));
  clock_.Advance(seconds(1));

  Run();

  EXPECT_THAT(store_.statements, IsEmpty());
  EXPECT_THAT(late.status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(given_up.status, StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(OrderReaderTest, AnOrderThatCannotBeReadFailsAlone) {
  Answer good;
  Answer bad;
  store_.corrupt = "b";
  reader_.Submit(Read("a", good));
  reader_.Submit(Read("b", bad));

  Run();

  EXPECT_THAT(good.status, IsOk());
  EXPECT_EQ(good.order_id, "a");
  EXPECT_EQ(good.times, 1);
  EXPECT_THAT(bad.status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(bad.times, 1);
}

TEST_F(OrderReaderTest, AFailureIsToldToEachAndNotTriedAgain) {
  Answer first;
  Answer second;
  store_.failure = absl::UnavailableError("the database is away");
  reader_.Submit(Read("a", first));
  reader_.Submit(Read("b", second));

  Run();

  EXPECT_EQ(store_.statements.size(), 1U);
  EXPECT_THAT(first.status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(second.status, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(OrderReaderTest, RefusesAtOnceBeyondItsQueueAndAfterClose) {
  std::vector<Answer> waiting(4);
  for (Answer& answer : waiting) {
    reader_.Submit(Read("a", answer));
  }
  Answer refused;
  Answer closed;

  reader_.Submit(Read("a", refused));
  Run();
  reader_.Submit(Read("a", closed));

  EXPECT_THAT(refused.status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(DetailsOf(refused.status).retry_delay.has_value());
  EXPECT_THAT(closed.status, StatusIs(absl::StatusCode::kResourceExhausted));
  for (const Answer& answer : waiting) {
    EXPECT_EQ(answer.times, 1);
  }
}

}  // namespace
}  // namespace orderflow::order
