// A webhook from a stranger: four lines (id, timestamp, signatures, secrets) and a body. Made-up
// headers never verify; what is signed with a secret of ours does, and no other body under the same
// signature; a body is read to an operation of ours or to nothing.
#include <string>
#include <string_view>

#include "libs/webhooks/standard_webhook.h"
#include "services/payment/webhooks/provider_event.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {
namespace {

const Timestamp kNow(std::chrono::seconds(1'614'265'330));

std::string TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string line(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

void ReadBody(std::string_view body) {
  const auto event = payment::ParseProviderEvent(body);
  if (event.ok() && event->has_value()) {
    const std::string key = payment::IdempotencyKey((*event)->order_id, (*event)->kind);
    fuzz::Require(payment::ParseIdempotencyKey(key) == **event);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  webhooks::WebhookHeaders headers;
  headers.id = TakeLine(rest);
  headers.timestamp = TakeLine(rest);
  headers.signature = TakeLine(rest);
  (void)webhooks::ParseSigningSecrets(TakeLine(rest));
  const auto secret =
      *webhooks::SigningSecret::Parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  const webhooks::WebhookVerifier verifier({secret});
  fuzz::Require(!verifier.Verify(headers, rest, kNow).ok());
  if (webhooks::IsWebhookId(headers.id)) {
    const webhooks::WebhookHeaders ours = webhooks::Sign(secret, headers.id, kNow, rest);
    fuzz::Require(verifier.Verify(ours, rest, kNow).ok());
    fuzz::Require(!verifier.Verify(ours, std::string(rest) + "x", kNow).ok());
  }
  ReadBody(rest);
  return 0;
}

}  // namespace orderflow
