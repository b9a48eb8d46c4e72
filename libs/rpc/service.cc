#include "libs/rpc/service.h"

namespace orderflow::rpc {
namespace {

// Of each method, about 2 KB each. One that has come is replaced at once. What comes in a larger
// burst gRPC keeps, but a server that stops would not begin it any more.
constexpr int kExpectedCalls = 64;

}  // namespace

void Service::Expect(ServerQueue& queue) const {
  for (const Expectation& expect : methods_) {
    for (int i = 0; i < kExpectedCalls; ++i) {
      expect(queue);
    }
  }
}

}  // namespace orderflow::rpc
