#include "tools/loadgen/order_mix.h"

#include <charconv>
#include <set>
#include <utility>

#include "fmt/format.h"

namespace orderflow::loadgen {

namespace {

void Add(order::v1::CreateOrderRequest& request, const std::string& sku) {
  order::v1::OrderItem* item = request.add_items();
  item->set_sku(sku);
  item->set_quantity(1);
}

}  // namespace

std::string SkuOf(size_t rank) { return fmt::format("LOAD-{:05}", rank); }

OrderMix::OrderMix(MixOptions options)
    : options_(std::move(options)),
      zipf_(static_cast<size_t>(options_.skus), options_.zipf_exponent) {}

MixedOrder OrderMix::Make(uint32_t index, const std::string& request_id) {
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  order::v1::CreateOrderRequest request;
  request.set_request_id(request_id);
  request.set_customer_id(fmt::format(
      "load-{}", static_cast<int>(uniform(random_) * static_cast<double>(options_.customers))));
  request.set_email(fmt::format("load-{}-{}@example.com", options_.run, index));
  request.set_currency_code(kCurrency);
  double kind = uniform(random_);
  const auto is = [&kind](double share) {
    kind -= share;
    return kind < 0 && kind >= -share;
  };
  request.set_payment_method_token(is(options_.declined) ? "tok_decline_insufficient_funds"
                                                         : "tok_approve");
  if (is(options_.sold_out)) {
    Add(request, kSoldOutSku);
  }
  const bool cancel = is(options_.cancelled);
  std::set<std::string> skus;  // each once
  const int lines = 1 + static_cast<int>(uniform(random_) * options_.lines_max);
  if (!options_.hot_sku.empty()) {
    skus.insert(options_.hot_sku);
  }
  for (auto line = static_cast<int>(skus.size()); line < lines; ++line) {
    skus.insert(SkuOf(zipf_.Rank(uniform(random_))));
  }
  for (const std::string& sku : skus) {
    Add(request, sku);
  }
  return {.request = std::move(request), .cancel = cancel};
}

std::optional<uint32_t> IndexInEmail(std::string_view email, std::string_view run) {
  const std::string prefix = fmt::format("load-{}-", run);
  if (email.substr(0, prefix.size()) != prefix) {
    return std::nullopt;
  }
  email.remove_prefix(prefix.size());
  uint32_t index = 0;
  const auto [stopped, error] = std::from_chars(email.data(), email.data() + email.size(), index);
  if (error != std::errc() || stopped == email.data() + email.size() || *stopped != '@') {
    return std::nullopt;
  }
  return index;
}

}  // namespace orderflow::loadgen
