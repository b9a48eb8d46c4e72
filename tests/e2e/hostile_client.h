#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace orderflow::e2e {

// Settings of stack.env: order-service itself, and the edge in front of it.
inline constexpr char kAddress[] = "ORDERFLOW_ORDER_ADDRESS";
inline constexpr char kEdgeAddress[] = "EDGE_ADDRESS";
inline constexpr char kGetOrder[] = "/orderflow.order.v1.OrderService/GetOrder";

// A request for an order that nobody has placed.
std::string UnknownOrder();

// Asks order-service as any other client would, again and again, for as long as it lives.
class Bystander {
 public:
  Bystander();

  struct Times {
    int calls = 0;
    int failed = 0;
    std::chrono::milliseconds longest{};
    int64_t memory_mib_max = 0;  // of order-service
  };
  Times Stop();

 private:
  void Run(const std::stop_token& stop);

  Times times_;
  std::jthread thread_;  // last: it uses the others
};

// A bystander and the server's memory, before and after.
class HostileClient : public ::testing::Test {
 protected:
  HostileClient();

  // The bystander was answered all the time, each time sooner, memory has grown by less, and orders
  // are taken.
  void ExpectUnharmed(int64_t growth_mib_max,
                      std::chrono::milliseconds longest_max = std::chrono::seconds(3));

  const std::string sku_;
  const int64_t memory_mib_;
  Bystander bystander_;
};

}  // namespace orderflow::e2e
