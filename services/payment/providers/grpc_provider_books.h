#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "services/payment/domain/reconciliation_store.h"

namespace grpc {
class Channel;
}

namespace orderflow::payment {

// The books behind orderflow.provider.v1.ProviderService.ListOperations. Not tried again here: the
// next run of the reconciler does. Threadsafe.
class GrpcProviderBooks final : public ProviderBooks {
 public:
  GrpcProviderBooks(std::shared_ptr<grpc::Channel> channel, Duration call_timeout);
  ~GrpcProviderBooks() override;

  absl::StatusOr<BooksPage> List(const std::string& page_token) override;
  absl::StatusOr<std::vector<BookEntry>> ListOf(std::span<const OrderId> order_ids) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::payment
