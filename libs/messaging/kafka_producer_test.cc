// Proves that the producer reports each record exactly once, whatever happens to the client: sent,
// refused, broker away, client broken for good, producer gone. Runs against librdkafka's mock
// broker.
#include "libs/messaging/kafka_producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

#include "libs/messaging/testing/kafka_mock_cluster.h"

namespace orderflow::messaging {
namespace {

constexpr char kTopic[] = "order.events";
constexpr Duration kLong = std::chrono::seconds(30);
constexpr char kNowhere[] = "127.0.0.1:1";

// Collects reports from the producer's thread.
class Reports {
 public:
  std::function<void(absl::Status)> Next() {
    return [this](const absl::Status& status) {
      MutexLock lock(mutex_);
      codes_.push_back(status.code());
      arrived_.notify_all();
    };
  }
  // All reports, once there are `count` or the time is up.
  std::vector<absl::StatusCode> Wait(size_t count, Duration timeout = kLong) {
    MutexLock lock(mutex_);
    arrived_.wait_until(mutex_, std::chrono::steady_clock::now() + timeout,
                        [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return codes_.size() >= count; });
    return codes_;
  }

 private:
  Mutex mutex_;
  ConditionVariable arrived_;
  std::vector<absl::StatusCode> codes_ ABSL_GUARDED_BY(mutex_);
};

Record ARecord(std::string value = "v") {
  return {
      .topic = kTopic, .key = "order-1", .value = std::move(value), .headers = {{"ce_id", "1"}}};
}

std::unique_ptr<KafkaProducer> MakeProducer(const KafkaOptions& options) {
  auto producer = KafkaProducer::Make(options);
  EXPECT_TRUE(producer.ok()) << producer.status();
  return *std::move(producer);
}

TEST(KafkaProducer, ReportsWhatTheBrokerAcknowledged) {
  KafkaMockCluster cluster(2, kTopic);
  Reports reports;
  const auto producer = MakeProducer(cluster.Options());

  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());

  EXPECT_THAT(reports.Wait(2),
              ::testing::ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk));
}

TEST(KafkaProducer, FlushesWhatWouldWaitAndReturnsWithTheLastReport) {
  KafkaMockCluster cluster(2, kTopic);
  Reports reports;
  KafkaOptions options = cluster.Options();
  options.linger_ms = 60'000;
  const auto producer = MakeProducer(options);
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  EXPECT_THAT(reports.Wait(1, std::chrono::milliseconds(50)), ::testing::IsEmpty());

  producer->Flush(kLong);

  EXPECT_THAT(reports.Wait(0), ::testing::SizeIs(2));
}

TEST(KafkaProducer, FlushesNoLongerThanItMay) {
  auto producer = MakeProducer({.bootstrap_servers = kNowhere, .client_id = "test"});
  Reports reports;
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());

  producer->Flush(std::chrono::milliseconds(10));

  EXPECT_THAT(reports.Wait(0), ::testing::IsEmpty());
  producer.reset();
  EXPECT_THAT(reports.Wait(1), ::testing::SizeIs(1));
}

// While more than five records of a partition are not acknowledged, librdkafka 2.0 polls its
// sockets without a pause as long as it holds another record for that partition (docs/adr/0036).
TEST(KafkaProducer, UsesNoProcessorWhileItWaitsForAcknowledgements) {
  constexpr int kBatches = 5;
  constexpr int kRecords = 100;
  constexpr std::chrono::milliseconds kRoundTrip{200};
  KafkaMockCluster cluster(1, kTopic);
  Reports reports;
  KafkaOptions options = cluster.Options();
  options.linger_ms = 60'000;  // however slow this thread is, its batch leaves whole
  const auto producer = MakeProducer(options);
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  producer->Flush(kLong);  // connected
  cluster.SetRoundTrip(kRoundTrip);

  const std::clock_t before = std::clock();
  for (int batch = 0; batch < kBatches; ++batch) {
    for (int record = 0; record < kRecords; ++record) {
      ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
    }
    producer->Flush(kLong);
  }
  const std::chrono::duration<double> used{static_cast<double>(std::clock() - before) /
                                           CLOCKS_PER_SEC};

  EXPECT_THAT(reports.Wait(0), ::testing::SizeIs(kBatches * kRecords + 1));
  EXPECT_LT(used, kRoundTrip / 2);
}

TEST(KafkaProducer, StartsWithoutABrokerAndReportsFailureWhenItGoes) {
  Reports reports;
  auto producer = MakeProducer({.bootstrap_servers = kNowhere, .client_id = "test"});
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  EXPECT_THAT(reports.Wait(1, std::chrono::milliseconds(10)), ::testing::IsEmpty());

  producer.reset();

  EXPECT_THAT(reports.Wait(1), ::testing::ElementsAre(absl::StatusCode::kUnavailable));
}

TEST(KafkaProducer, RefusesRecordsBeyondItsQueue) {
  constexpr size_t kRecordsMax = 200'000;
  Reports reports;
  auto producer = MakeProducer({.bootstrap_servers = kNowhere, .client_id = "test"});

  size_t queued = 0;
  absl::Status status;
  while (queued < kRecordsMax && (status = producer->Send(ARecord(), reports.Next())).ok()) {
    ++queued;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  producer.reset();

  const auto codes = reports.Wait(queued);
  EXPECT_EQ(codes.size(), queued);
  EXPECT_EQ(std::count(codes.begin(), codes.end(), absl::StatusCode::kUnavailable),
            static_cast<std::ptrdiff_t>(queued));
}

TEST(KafkaProducer, RefusesARecordThatNoBrokerTakes) {
  KafkaMockCluster cluster(1, kTopic);
  Reports reports;
  const auto producer = MakeProducer(cluster.Options());

  const absl::Status status = producer->Send(ARecord(std::string(2'000'000, 'x')), reports.Next());

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(reports.Wait(0), ::testing::IsEmpty());
}

TEST(KafkaProducer, DeliversWhatWasSentWhileTheBrokerWasAway) {
  KafkaMockCluster cluster(1, kTopic);
  Reports reports;
  const auto producer = MakeProducer(cluster.Options());
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  ASSERT_THAT(reports.Wait(1), ::testing::ElementsAre(absl::StatusCode::kOk));

  cluster.SetUp(false);
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  EXPECT_THAT(reports.Wait(2, std::chrono::milliseconds(200)), ::testing::SizeIs(1));
  cluster.SetUp(true);

  EXPECT_THAT(reports.Wait(2),
              ::testing::ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk));
}

// librdkafka frees a message's headers twice when it knows that the topic is gone (its issue 4627);
// the damage shows as a crash a few sends later, and at once under AddressSanitizer.
TEST(KafkaProducer, RefusesRecordsOfATopicThatIsGoneAndLives) {
  constexpr int kRefusals = 5'000;
  KafkaMockCluster cluster(1, kTopic);
  Reports reports;
  const auto producer = MakeProducer(cluster.Options());
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  ASSERT_THAT(reports.Wait(1), ::testing::ElementsAre(absl::StatusCode::kOk));

  cluster.ForgetTopic(kTopic);

  size_t sent = 1;
  while (producer->Send(ARecord(), reports.Next()).ok()) {  // it does not know yet
    ++sent;
    ASSERT_THAT(reports.Wait(sent), ::testing::SizeIs(sent));
  }
  for (int refusal = 0; refusal < kRefusals; ++refusal) {
    const absl::Status status = producer->Send(ARecord(), reports.Next());
    ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << "at " << refusal;
  }
  EXPECT_THAT(reports.Wait(0), ::testing::SizeIs(sent)) << "what is refused is not reported too";
}

// Nobody sends anything that would notice: what is under way must be failed all the same, and who
// waits for it let go.
TEST(KafkaProducer, FailsWhatIsUnderWayWhenTheClientBreaks) {
  KafkaMockCluster cluster(1, kTopic);
  Reports reports;
  const auto producer = MakeProducer(cluster.Options());
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  producer->Flush(kLong);  // connected
  cluster.SetRoundTrip(std::chrono::seconds(60));
  ASSERT_TRUE(producer->Send(ARecord(), reports.Next()).ok());
  producer->Flush(std::chrono::milliseconds(200));  // gone, and not answered
  std::thread waiting([&] { producer->Flush(kLong); });

  producer->BreakForTest();

  EXPECT_THAT(reports.Wait(2),
              ::testing::ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kUnavailable));
  waiting.join();
}

TEST(KafkaProducer, ReplacesAClientThatIsBrokenForGood) {
  KafkaMockCluster cluster(1, kTopic);
  Reports failed;
  Reports reports;
  const auto producer = MakeProducer(cluster.Options());
  cluster.SetUp(false);
  ASSERT_TRUE(producer->Send(ARecord(), failed.Next()).ok());

  producer->BreakForTest();

  EXPECT_THAT(failed.Wait(1), ::testing::ElementsAre(absl::StatusCode::kUnavailable));
  cluster.SetUp(true);
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  absl::Status status;
  do {
    status = producer->Send(ARecord(), reports.Next());
  } while (status.code() == absl::StatusCode::kResourceExhausted &&
           std::chrono::steady_clock::now() < deadline);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(reports.Wait(1), ::testing::ElementsAre(absl::StatusCode::kOk));
}

}  // namespace
}  // namespace orderflow::messaging
