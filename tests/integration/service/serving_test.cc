// Proves the life of a process with a real database: it waits for the schema, then wires, starts
// its parts in order and serves; it stops in reverse, lets a running call finish, and reports what
// failed.
#include "libs/service/serving.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <future>
#include <latch>
#include <stop_token>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/base/mutex.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/service.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/outbox_migrations.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::service {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using orderflow::testing::TemporaryDatabase;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kLong{30};

// What happened, in order. Threadsafe.
class Story {
 public:
  void Add(const std::string& event) {
    MutexLock lock(mutex_);
    events_.push_back(event);
  }
  std::vector<std::string> events() const {
    MutexLock lock(mutex_);
    return events_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

// Its one method answers when the test lets it.
class HeldService final
    : public rpc::ServiceOf<provider::v1::ProviderService::WithAsyncMethod_GetOperation<
          provider::v1::ProviderService::Service>> {
 public:
  HeldService() {
    Unary(&Generated::RequestGetOperation,
          [this](auto* call, const auto*, auto*) { running.set_value(call); });
  }

  std::promise<rpc::ServerCall*> running;
};

class ServingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rpc::Server probe({.listen_address = "127.0.0.1:0"});
    rpc::Server other({.listen_address = "127.0.0.1:0"});
    ASSERT_THAT(probe.Start({}), IsOk());
    ASSERT_THAT(other.Start({}), IsOk());
    admin_port_ = other.port();
    config_.grpc_listen = fmt::format("127.0.0.1:{}", probe.port());
    config_.admin_listen = fmt::format("127.0.0.1:{}", admin_port_);
    config_.database_pool_size = 2;
    config_.shutdown_grace = kLong;
    config_.authentication.insecure_none = true;
    description_.apis = {provider::v1::ProviderService::service_full_name()};
    description_.name = "test-service";
    description_.migrations = {&migrations::OutboxMigrations()};
  }
  void TearDown() override {
    if (served_.valid()) {
      stop_.request_stop();
      EXPECT_THAT(served_.get(), IsOk());
    }
  }

  void Serve(const TemporaryDatabase& database) {
    config_.database_url = database.runtime_url();
    served_ = std::async(std::launch::async, [this] {
      return service::Serve(
          config_, description_, [this](const ProcessContext&) { return Wire(); },
          stop_.get_token());
    });
  }
  absl::StatusOr<Wiring> Wire() {
    story_.Add("wire");
    return Wiring{.services = {&service_},
                  .parts = {APart("first", absl::OkStatus()), APart("second", second_part_)},
                  .before_drain = [this] { story_.Add("before drain"); },
                  .owner = nullptr};
  }
  Part APart(const std::string& name, const absl::Status& status) {
    return {name,
            [this, name, status] {
              story_.Add("start " + name);
              return status;
            },
            [this, name] { story_.Add("stop " + name); }};
  }
  std::string Ready() {
    const auto answer = httplib::Client("127.0.0.1", admin_port_).Get("/readyz");
    return answer ? answer->body : "(no answer)";
  }
  int Health() {
    grpc::ClientContext context;
    rpc::Prepare(context, kLong, telemetry::NewTrace());
    grpc::health::v1::HealthCheckResponse response;
    const auto status = grpc::health::v1::Health::NewStub(rpc::MakeChannel(config_.grpc_listen, {}))
                            ->Check(&context, {}, &response);
    return status.ok() ? response.status() : grpc::health::v1::HealthCheckResponse::UNKNOWN;
  }

  CommonConfig config_{};
  ProcessDescription description_;
  int admin_port_ = 0;
  absl::Status second_part_;
  HeldService service_;
  Story story_;
  std::stop_source stop_;
  std::future<absl::Status> served_;
};

TEST_F(ServingTest, StartsInOrderServesAndStopsInReverse) {
  const TemporaryDatabase database(description_.migrations);

  Serve(database);
  ASSERT_TRUE(Eventually([this] { return Ready() == "ok\n"; })) << Ready();
  EXPECT_EQ(Health(), grpc::health::v1::HealthCheckResponse::SERVING);
  stop_.request_stop();

  EXPECT_THAT(served_.get(), IsOk());
  EXPECT_THAT(story_.events(), ElementsAre("wire", "start first", "start second", "before drain",
                                           "stop second", "stop first"));
}

TEST_F(ServingTest, WaitsForTheSchemaAndThenServes) {
  const TemporaryDatabase database({});

  Serve(database);
  ASSERT_TRUE(Eventually([this] { return Ready().find("--migrate") != std::string::npos; }))
      << Ready();
  EXPECT_EQ(Health(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_THAT(story_.events(), ::testing::IsEmpty());
  ASSERT_THAT(postgres::Migrate(database.migration_target(), description_.migrations), IsOk());

  EXPECT_TRUE(Eventually([this] { return Ready() == "ok\n"; })) << Ready();
  EXPECT_EQ(Health(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST_F(ServingTest, LetsARunningCallFinishBeforeItsPartsStop) {
  const TemporaryDatabase database(description_.migrations);
  Serve(database);
  ASSERT_TRUE(Eventually([this] { return Ready() == "ok\n"; })) << Ready();
  std::future<grpc::Status> call = std::async(std::launch::async, [this] {
    grpc::ClientContext context;
    rpc::Prepare(context, kLong, telemetry::NewTrace());
    provider::v1::Operation response;
    const auto channel = rpc::MakeChannel(config_.grpc_listen, {});
    return provider::v1::ProviderService::NewStub(channel)->GetOperation(&context, {}, &response);
  });
  rpc::ServerCall* call_held = service_.running.get_future().get();

  stop_.request_stop();
  ASSERT_TRUE(Eventually([this] { return story_.events().back() == "before drain"; }));
  EXPECT_THAT(Ready(), HasSubstr("shutdown:"));
  call_held->Finish(grpc::Status::OK);

  EXPECT_THAT(served_.get(), IsOk());
  EXPECT_TRUE(call.get().ok());
  EXPECT_EQ(story_.events().back(), "stop first");
}

// Each API has access rules by being declared; what is served besides would have none.
TEST_F(ServingTest, DoesNotServeWhatIsNotDeclared) {
  const TemporaryDatabase database(description_.migrations);
  description_.apis = {};

  Serve(database);

  EXPECT_THAT(served_.get(),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr(provider::v1::ProviderService::service_full_name())));
  EXPECT_EQ(story_.events().back(), "stop first");
}

TEST_F(ServingTest, StopsWhatHasStartedWhenAPartFails) {
  const TemporaryDatabase database(description_.migrations);
  second_part_ = absl::UnavailableError("no broker");

  Serve(database);

  EXPECT_THAT(served_.get(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("second: no broker")));
  EXPECT_THAT(story_.events(), ElementsAre("wire", "start first", "start second", "stop first"));
}

}  // namespace
}  // namespace orderflow::service
