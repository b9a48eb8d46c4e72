#pragma once

#include <functional>
#include <string>
#include <vector>

namespace orderflow::instructions {

// A piece of hot code that needs nothing but the processor, and whose instructions are counted.
struct Case {
  std::string name;
  // Prepares its input, which is not counted, and gives back what is: one iteration. Each does the
  // same as the one before.
  std::function<std::function<void()>()> make;
};

// One order's whole life: as the engine sees it, and with its commands and events.
std::vector<Case> SagaCases();
// What order-service does around a request and a row.
std::vector<Case> OrderCases();
// What saga-orchestrator reads and stores.
std::vector<Case> SagaRowCases();
std::vector<Case> InventoryCases();
std::vector<Case> PaymentCases();
// Every service's way out.
std::vector<Case> OutboxCases();

// A result must be of use to somebody, or the compiler may leave it out.
template <class T>
void Use(const T& result) {
  asm volatile("" : : "r"(&result) : "memory");
}

// The ids of order, saga and message in all cases, and the trace that they belong to.
inline constexpr char kOrder[] = "0190a8a0-0000-7000-8000-00000000000a";
inline constexpr char kSaga[] = "0190a8a0-0000-7000-8000-00000000000c";
inline constexpr char kMessage[] = "0190a8a0-0000-7000-8000-00000000000e";
inline constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// Of the batches that are decided at once.
inline constexpr int kBatch = 64;

}  // namespace orderflow::instructions
