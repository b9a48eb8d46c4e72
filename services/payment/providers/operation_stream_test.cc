// Proves that each operation on a stream hears its own answer exactly once, in whatever order
// answers come, and that the end of the stream, however it ends, is no answer to any of them. Uses
// a real server and channel on a free port.
#include "services/payment/providers/operation_stream.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/service.h"
#include "libs/rpc/status_mapping.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

namespace pb = provider::v1;

using orderflow::testing::StatusIs;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLong = seconds(20);  // a bound for waiting, never reached when all is well

using ServedStream = rpc::BidiStream<pb::BookOperationsRequest, pb::BookOperationsResponse>;

// Waits for so many operations, then answers as the test says: all at once, and ends the stream if
// it says so.
class Answerer final : public rpc::BidiStreamListener {
 public:
  struct Script {
    int operations = 1;
    // Adds answers to the operations with these keys.
    std::function<void(const std::vector<pb::OperationRequest>&, pb::BookOperationsResponse&)>
        answer;
    std::optional<grpc::Status> end;
    // Hears that the payment-service has closed its side.
    std::function<void()> on_closed = [] {};
  };

  Answerer(ServedStream& stream, const Script& script, std::atomic<int>& largest_message)
      : stream_(stream), script_(script), largest_message_(largest_message) {}

  void Begin() { stream_.Read(request_); }

  void OnRead(bool ok) override {
    if (!ok) {
      script_.on_closed();
      stream_.Finish(grpc::Status::OK);
      return;
    }
    largest_message_ = std::max(largest_message_.load(), request_.operations_size());
    for (const pb::OperationRequest& operation : request_.operations()) {
      operations_.push_back(operation);
    }
    if (std::ssize(operations_) < script_.operations) {
      stream_.Read(request_);
    } else if (script_.end) {
      stream_.Finish(*script_.end);
    } else if (script_.answer) {
      script_.answer(operations_, response_);
      stream_.Write(response_);
    } else {
      stream_.Read(request_);
    }
  }
  void OnWritten(bool /*ok*/) override { stream_.Read(request_); }
  void OnCancelled() override {}
  void OnDone() override {}

 private:
  ServedStream& stream_;
  const Script& script_;
  std::atomic<int>& largest_message_;
  pb::BookOperationsRequest request_;
  pb::BookOperationsResponse response_;
  std::vector<pb::OperationRequest> operations_;
};

class FakeProvider final
    : public rpc::ServiceOf<
          pb::ProviderService::WithAsyncMethod_BookOperations<pb::ProviderService::Service>> {
 public:
  FakeProvider() { Bidi(&Generated::RequestBookOperations, &FakeProvider::Handle); }

  Answerer::Script script;
  std::atomic<int> largest_message = 0;  // operations in it

 private:
  void Handle(ServedStream* stream) {
    auto answerer = std::make_shared<Answerer>(*stream, script, largest_message);
    stream->Tell(answerer);
    answerer->Begin();
  }
};

void AnswerWithItsKey(const pb::OperationRequest& operation, pb::BookOperationsResponse& response) {
  pb::OperationAnswer& answer = *response.add_answers();
  answer.set_sequence(operation.sequence());
  answer.mutable_operation()->set_idempotency_key(operation.capture().idempotency_key());
}

void AnswerAll(const std::vector<pb::OperationRequest>& operations,
               pb::BookOperationsResponse& response) {
  for (const pb::OperationRequest& operation : operations) {
    AnswerWithItsKey(operation, response);
  }
}

class OperationStreamTest : public ::testing::Test {
 protected:
  using Answer = std::future<absl::StatusOr<pb::Operation>>;

  void Serve(Answerer::Script script) {
    provider_.script = std::move(script);
    ASSERT_TRUE(server_.Start({&provider_}).ok());
    stub_ = pb::ProviderService::NewStub(
        rpc::MakeChannel(fmt::format("127.0.0.1:{}", server_.port()), {}));
  }

  std::shared_ptr<OperationStream> Open(Duration timeout) {
    return OperationStream::Open(queue_, *stub_, timeout);
  }

  // Invalid when the stream takes no more.
  static Answer Capture(OperationStream& stream, const std::string& key) {
    std::vector<OperationStream::Entry> entries;
    Answer answer = AddCapture(key, entries);
    return stream.Add(entries) ? std::move(answer) : Answer();
  }

  static Answer AddCapture(const std::string& key, std::vector<OperationStream::Entry>& entries) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<pb::Operation>>>();
    OperationStream::Entry& entry = entries.emplace_back();
    entry.operation.mutable_capture()->set_idempotency_key(key);
    entry.done = [promise](const absl::StatusOr<pb::Operation>& answer) {
      promise->set_value(answer);
    };
    return promise->get_future();
  }

  static absl::StatusOr<pb::Operation> Await(Answer& answer) {
    return answer.valid() && answer.wait_for(kLong) == std::future_status::ready
               ? answer.get()
               : absl::UnknownError("no answer came");
  }

  // Adds them at once, and awaits that each is booked.
  void BookTogether(int operations) {
    Serve({.operations = operations, .answer = AnswerAll, .end = std::nullopt});
    std::vector<OperationStream::Entry> entries;
    std::vector<Answer> answers;
    for (int i = 0; i < operations; ++i) {
      answers.push_back(AddCapture(std::to_string(i), entries));
    }

    ASSERT_TRUE(Open(kLong)->Add(entries));

    for (Answer& answer : answers) {
      EXPECT_TRUE(Await(answer).ok());
    }
  }

  FakeProvider provider_;
  rpc::Server server_{{.listen_address = "127.0.0.1:0"}};
  std::unique_ptr<pb::ProviderService::Stub> stub_;
  rpc::ClientQueue queue_;
};

TEST_F(OperationStreamTest, EachOperationHearsItsOwnAnswerInWhateverOrderTheyCome) {
  constexpr int kOperations = 200;
  Serve({.operations = kOperations,
         .answer =
             [](const auto& operations, auto& response) {
               for (auto operation = operations.rbegin(); operation != operations.rend();
                    ++operation) {
                 AnswerWithItsKey(*operation, response);
               }
             },
         .end = std::nullopt});
  const auto stream = Open(kLong);

  std::vector<Answer> answers;
  for (int i = 0; i < kOperations; ++i) {
    answers.push_back(Capture(*stream, std::to_string(i)));
  }

  for (size_t i = 0; i < answers.size(); ++i) {
    const auto answer = Await(answers[i]);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->idempotency_key(), std::to_string(i));
  }
}

TEST_F(OperationStreamTest, WhatIsAddedTogetherTravelsTogether) {
  constexpr int kOperations = 300;

  BookTogether(kOperations);

  EXPECT_EQ(provider_.largest_message, kOperations);
}

// A provider ends a stream with INVALID_ARGUMENT for a message of more than a thousand.
TEST_F(OperationStreamTest, MoreThanAMessageHasRoomForTravelsInSeveral) {
  BookTogether(1001);

  EXPECT_LE(provider_.largest_message, 1000);
}

TEST_F(OperationStreamTest, WhatAnswersLeadToTravelsTogether) {
  Serve({.operations = 2, .answer = AnswerAll, .end = std::nullopt});
  const auto stream = Open(kLong);
  std::vector<Answer> followers;
  std::promise<void> all_added;
  std::vector<OperationStream::Entry> entries(2);
  for (OperationStream::Entry& entry : entries) {
    entry.done = [&](const absl::StatusOr<pb::Operation>& /*answer*/) {
      followers.push_back(Capture(*stream, "follower"));
      followers.push_back(Capture(*stream, "another"));
      if (followers.size() == 4) {
        all_added.set_value();
      }
    };
  }

  ASSERT_TRUE(stream->Add(entries));

  ASSERT_EQ(all_added.get_future().wait_for(kLong), std::future_status::ready);
  for (Answer& follower : followers) {
    EXPECT_TRUE(Await(follower).ok());
  }
  EXPECT_EQ(provider_.largest_message, 4);
}

TEST_F(OperationStreamTest, AnErrorIsOfItsOperationAlone) {
  Serve({.operations = 2,
         .answer =
             [](const auto& operations, auto& response) {
               pb::OperationAnswer& refused = *response.add_answers();
               refused.set_sequence(operations[0].sequence());
               const grpc::Status status =
                   rpc::ToGrpcStatus(InvalidArgument({{"amount", "must be positive"}}));
               ASSERT_TRUE(refused.mutable_error()->ParseFromString(status.error_details()));
               AnswerWithItsKey(operations[1], response);
             },
         .end = std::nullopt});
  const auto stream = Open(kLong);

  Answer refused = Capture(*stream, "refused");
  Answer booked = Capture(*stream, "booked");

  const absl::Status error = Await(refused).status();
  EXPECT_THAT(error, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DetailsOf(error).field_violations,
              ::testing::ElementsAre(FieldViolation{"amount", "must be positive"}));
  EXPECT_TRUE(Await(booked).ok());
}

TEST_F(OperationStreamTest, WhatIsNotAnsweredInTimeIsUnknown) {
  Serve({.operations = 2,
         .answer = [](const auto& operations,
                      auto& response) { AnswerWithItsKey(operations[0], response); },
         .end = std::nullopt});
  const auto stream = Open(seconds(2));

  Answer answered = Capture(*stream, "answered");
  Answer forgotten = Capture(*stream, "forgotten");

  EXPECT_TRUE(Await(answered).ok());
  EXPECT_THAT(Await(forgotten).status(), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

// A payment must not be taken for declined because a stream was refused.
TEST_F(OperationStreamTest, TheEndOfTheStreamIsNoAnswer) {
  const std::vector<std::pair<grpc::StatusCode, absl::StatusCode>> ends = {
      {grpc::StatusCode::OK, absl::StatusCode::kInternal},
      {grpc::StatusCode::INVALID_ARGUMENT, absl::StatusCode::kInternal},
      {grpc::StatusCode::FAILED_PRECONDITION, absl::StatusCode::kInternal},
      {grpc::StatusCode::UNIMPLEMENTED, absl::StatusCode::kInternal},
      {grpc::StatusCode::UNAUTHENTICATED, absl::StatusCode::kUnauthenticated},
      {grpc::StatusCode::UNAVAILABLE, absl::StatusCode::kUnavailable}};
  Serve({.operations = 1, .answer = nullptr, .end = grpc::Status()});
  for (const auto& [end, heard] : ends) {
    provider_.script.end = grpc::Status(end, "the end");

    Answer answer = Capture(*Open(kLong), "key");

    EXPECT_THAT(Await(answer).status(), StatusIs(heard)) << static_cast<int>(end);
  }
}

TEST_F(OperationStreamTest, TakesNoMoreWhenAllIsAnswered) {
  std::promise<void> closed;
  Serve({.operations = 1,
         .answer = [](const auto& operations,
                      auto& response) { AnswerWithItsKey(operations.back(), response); },
         .end = std::nullopt,
         .on_closed = [&closed] { closed.set_value(); }});
  const auto stream = Open(kLong);
  Answer only = Capture(*stream, "only");
  ASSERT_TRUE(Await(only).ok());

  ASSERT_EQ(closed.get_future().wait_for(kLong / 5), std::future_status::ready)
      << "not before the quarter of its timeout";

  std::vector<OperationStream::Entry> late;
  AddCapture("late", late);
  AddCapture("later", late);
  EXPECT_FALSE(stream->Add(late));
  ASSERT_EQ(late.size(), 2u) << "they go to the next stream as they are";
  EXPECT_EQ(late[1].operation.capture().idempotency_key(), "later");
  EXPECT_TRUE(late[1].done);
}

TEST_F(OperationStreamTest, TakesOperationsForAQuarterOfItsTimeout) {
  Serve({.operations = 1'000'000, .answer = nullptr, .end = std::nullopt});
  const auto begin = std::chrono::steady_clock::now();
  const auto stream = Open(seconds(2));

  std::vector<Answer> taken;
  for (Answer answer = Capture(*stream, "key"); answer.valid(); answer = Capture(*stream, "key")) {
    taken.push_back(std::move(answer));
    while (std::chrono::steady_clock::now() - begin < std::ssize(taken) * milliseconds(1)) {
      std::this_thread::yield();
    }
  }

  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(500));
  EXPECT_EQ(taken.front().wait_for(seconds(0)), std::future_status::timeout)
      << "it still waits for its answer: the stream takes no more, but has not ended";
  for (Answer& answer : taken) {
    EXPECT_THAT(Await(answer).status(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
}

// A process may have stood still between the two, and a call without a message never ends.
TEST_F(OperationStreamTest, TakesItsFirstOperationHoweverLate) {
  Serve({.operations = 1,
         .answer = [](const auto& operations,
                      auto& response) { AnswerWithItsKey(operations[0], response); },
         .end = std::nullopt});
  const auto stream = Open(milliseconds(4));
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < milliseconds(2)) {
    std::this_thread::yield();
  }

  Answer first = Capture(*stream, "first");

  ASSERT_TRUE(first.valid());
  EXPECT_FALSE(absl::IsUnknown(Await(first).status())) << "it must hear of its end";
}

TEST_F(OperationStreamTest, NoneIsOpenedOnceItsQueueHasStopped) {
  Serve({});
  queue_.Stop();

  EXPECT_EQ(Open(kLong), nullptr);
}

}  // namespace
}  // namespace orderflow::payment
