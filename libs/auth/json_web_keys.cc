#include "libs/auth/json_web_keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "absl/strings/escaping.h"
#include "fmt/format.h"
#include "libs/base/status_macros.h"

namespace orderflow::auth {
namespace {

using nlohmann::json;

constexpr int kRsaBitsMin = 2048;
constexpr size_t kCoordinateBytes = 32;  // of P-256
constexpr size_t kKeysMax = 100;

using Number = std::unique_ptr<BIGNUM, void (*)(BIGNUM*)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)>;
using Parameters = std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)>;
using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

absl::Status Unusable(const std::string& what) {
  return absl::InvalidArgumentError("not a usable JSON Web Key Set: " + what);
}

std::string TextOf(const json& key, const char* member) {
  const auto found = key.find(member);
  return found != key.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The bytes of a member in base64url; nothing when it is missing or is not that.
std::optional<std::string> BytesOf(const json& key, const char* member) {
  std::string bytes;
  const std::string text = TextOf(key, member);
  if (text.empty() || !absl::WebSafeBase64Unescape(text, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

std::optional<std::string> PemOf(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder), OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return std::nullopt;
  }
  const Key key(made, EVP_PKEY_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> output(BIO_new(BIO_s_mem()), BIO_free);
  if (PEM_write_bio_PUBKEY(output.get(), key.get()) != 1) {
    return std::nullopt;
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(output.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

Number NumberOf(const std::string& bytes) {
  return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()), nullptr),
          BN_free};
}

std::optional<std::string> RsaPem(const json& key) {
  const auto modulus = BytesOf(key, "n");
  const auto exponent = BytesOf(key, "e");
  if (!modulus || !exponent) {
    return std::nullopt;
  }
  const Number n = NumberOf(*modulus);
  const Number e = NumberOf(*exponent);
  if (BN_num_bits(n.get()) < kRsaBitsMin) {
    return std::nullopt;
  }
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return PemOf("RSA", builder.get());
}

// A point that is not on the curve is refused by OpenSSL.
std::optional<std::string> EllipticPem(const json& key) {
  const auto x = BytesOf(key, "x");
  const auto y = BytesOf(key, "y");
  if (!x || !y || x->size() != kCoordinateBytes || y->size() != kCoordinateBytes) {
    return std::nullopt;
  }
  const std::string point = '\x04' + *x + *y;
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return PemOf("EC", builder.get());
}

// What a key may sign with; empty for a key that is none of ours.
std::string AlgorithmOf(const json& key) {
  const std::string use = TextOf(key, "use");
  const std::string stated = TextOf(key, "alg");
  std::string algorithm;
  if (TextOf(key, "kty") == "RSA") {
    algorithm = "RS256";
  } else if (TextOf(key, "kty") == "EC" && TextOf(key, "crv") == "P-256") {
    algorithm = "ES256";
  }
  const bool ours = (use.empty() || use == "sig") && (stated.empty() || stated == algorithm);
  return ours ? algorithm : "";
}

}  // namespace

absl::StatusOr<std::vector<JsonWebKey>> ParseJsonWebKeys(std::string_view text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
    return Unusable("it is no JSON object with an array \"keys\"");
  }
  if (document["keys"].size() > kKeysMax) {
    return Unusable(fmt::format("it has more than {} keys", kKeysMax));
  }
  std::vector<JsonWebKey> keys;
  std::set<std::string> ids;
  for (const json& entry : document["keys"]) {
    if (!entry.is_object()) {
      return Unusable("one of its keys is no object");
    }
    const std::string algorithm = AlgorithmOf(entry);
    if (algorithm.empty()) {
      continue;
    }
    const std::string id = TextOf(entry, "kid");
    if (id.empty() || !ids.insert(id).second) {
      return Unusable("each key needs a \"kid\" of its own, by which tokens name it");
    }
    const auto pem = algorithm == "RS256" ? RsaPem(entry) : EllipticPem(entry);
    if (!pem) {
      return Unusable(
          fmt::format("key \"{}\" is broken, or an RSA key of less than {} bits", id, kRsaBitsMin));
    }
    keys.push_back({.id = id, .algorithm = algorithm, .pem = *pem});
  }
  if (keys.empty()) {
    return Unusable("it has no key for RS256 or ES256");
  }
  return keys;
}

}  // namespace orderflow::auth
