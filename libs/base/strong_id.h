#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace orderflow {

// An identifier that cannot be mixed up with another kind: `using Sku = StrongId<struct SkuTag>`.
// Holds text; what text is valid is checked where it enters (libs/base/validation.h).
template <class Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(std::string value) : value_(std::move(value)) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }

  auto operator<=>(const StrongId&) const = default;

 private:
  std::string value_;
};

using OrderId = StrongId<struct OrderTag>;        // UUID text, lower case
using SagaId = StrongId<struct SagaTag>;          // UUID text, lower case
using CustomerId = StrongId<struct CustomerTag>;  // 1..64 of [A-Za-z0-9._-]
using Sku = StrongId<struct SkuTag>;              // 1..64 of [A-Za-z0-9._-]
using RequestId = StrongId<struct RequestTag>;    // UUID text, lower case

}  // namespace orderflow

template <class Tag>
struct std::hash<orderflow::StrongId<Tag>> {
  size_t operator()(const orderflow::StrongId<Tag>& id) const {
    return std::hash<std::string>{}(id.value());
  }
};
