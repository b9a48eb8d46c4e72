#include "tests/integration/payment/provider_process.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>

#include "libs/base/invariant.h"
#include "migrations/provider_migrations.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::payment::testing {

using provider::v1::ProviderService;

ProviderProcess::ProviderProcess()
    : database_({&migrations::ProviderMigrations()}),
      ids_(clock_),
      pool_(database_.PoolOptions()),
      store_(pool_),
      faults_(1),
      bookkeeper_(store_, faults_, clock_, ids_, {}, &listener_),
      executor_(metrics_, rpc::Access::InsecureForAll(), {}),
      provider_service_(bookkeeper_, store_, faults_, delayed_, executor_),
      control_service_(faults_, executor_),
      server_({.listen_address = "127.0.0.1:0"}),
      booking_thread_([this] { bookkeeper_.Run(); }),
      delay_thread_([this](std::stop_token stop) { delayed_.Run(stop); }) {
  const absl::Status started = server_.Start({&provider_service_, &control_service_});
  INVARIANT(started.ok(), "a free port of the loopback address can be had");
  server_.SetServing(true);
}

ProviderProcess::~ProviderProcess() {
  delay_thread_.request_stop();
  delay_thread_.join();
  server_.Stop(std::chrono::seconds(5));
  executor_.Stop();
  bookkeeper_.Close();
  booking_thread_.join();
}

void ProviderProcess::Hold(const std::string& payment_reference,
                           const std::string& idempotency_key) {
  provider::v1::AuthorizeRequest request;
  request.set_idempotency_key(idempotency_key);
  request.set_payment_reference(payment_reference);
  request.mutable_amount()->set_currency_code("EUR");
  request.mutable_amount()->set_amount_minor(4200);
  request.set_payment_method_token("tok_approve");
  request.set_customer_reference("customer-1");
  Book(&ProviderService::Stub::Authorize, request);
}

void ProviderProcess::Capture(const std::string& payment_reference,
                              const std::string& idempotency_key) {
  provider::v1::CaptureRequest request;
  request.set_idempotency_key(idempotency_key);
  request.set_payment_reference(payment_reference);
  Book(&ProviderService::Stub::Capture, request);
}

template <class Method, class Request>
void ProviderProcess::Book(Method method, const Request& request) {
  const auto stub =
      ProviderService::NewStub(grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  provider::v1::Operation operation;
  const grpc::Status status = (*stub.*method)(&context, request, &operation);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

int64_t ProviderProcess::CountBooked(const std::string& kind) {
  return database_.QueryInt("SELECT count(*) FROM operations WHERE kind = '" + kind + "'");
}

int64_t ProviderProcess::CountBooked() {
  return database_.QueryInt("SELECT count(*) FROM operations");
}

}  // namespace orderflow::payment::testing
