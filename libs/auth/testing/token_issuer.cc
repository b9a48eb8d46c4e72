#include "libs/auth/testing/token_issuer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/escaping.h"
#include "libs/base/invariant.h"

namespace orderflow::auth {
namespace {

using nlohmann::json;

constexpr size_t kCoordinateBytes = 32;

std::string Base64Url(const std::string& bytes) {
  std::string text = absl::WebSafeBase64Escape(bytes);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

// A number of the key, big endian, at least `width` bytes.
std::string NumberOf(EVP_PKEY* key, const char* name, size_t width = 0) {
  BIGNUM* number = nullptr;
  INVARIANT(EVP_PKEY_get_bn_param(key, name, &number) == 1, "a fresh key has its numbers");
  std::string bytes(std::max<size_t>(width, BN_num_bytes(number)), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

// An ECDSA signature as tokens have it: r and s in 32 bytes each, no DER.
std::string Plain(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> signature(
      d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string plain(2 * kCoordinateBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kCoordinateBytes, kCoordinateBytes);
  return plain;
}

std::string SignedPart(const std::string& header, const std::string& claims) {
  return Base64Url(header) + "." + Base64Url(claims);
}

}  // namespace

struct TokenIssuer::Key {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> pair{nullptr, EVP_PKEY_free};
};

TokenIssuer::TokenIssuer(std::string key_id, int rsa_bits)
    : key_id_(std::move(key_id)),
      algorithm_(rsa_bits > 0 ? "RS256" : "ES256"),
      key_(std::make_unique<Key>()) {
  key_->pair.reset(rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits))
                                : EVP_EC_gen("P-256"));
}

TokenIssuer::TokenIssuer(std::string key_id, const std::string& key_file)
    : key_id_(std::move(key_id)), algorithm_("RS256"), key_(std::make_unique<Key>()) {
  const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(key_file.c_str(), "r"), BIO_free);
  INVARIANT(file != nullptr, "the key of the stack's issuer can be read");
  key_->pair.reset(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr));
  INVARIANT(key_->pair != nullptr, "it is a key");
}

TokenIssuer::~TokenIssuer() = default;

std::string TokenIssuer::public_key() const {
  EVP_PKEY* key = key_->pair.get();
  json object{{"kid", key_id_}, {"alg", algorithm_}, {"use", "sig"}};
  if (algorithm_ == "RS256") {
    object["kty"] = "RSA";
    object["n"] = Base64Url(NumberOf(key, OSSL_PKEY_PARAM_RSA_N));
    object["e"] = Base64Url(NumberOf(key, OSSL_PKEY_PARAM_RSA_E));
  } else {
    object["kty"] = "EC";
    object["crv"] = "P-256";
    object["x"] = Base64Url(NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes));
    object["y"] = Base64Url(NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes));
  }
  return object.dump();
}

std::string TokenIssuer::public_pem() const {
  const std::unique_ptr<BIO, int (*)(BIO*)> output(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(output.get(), key_->pair.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(output.get(), &text);
  return {text, static_cast<size_t>(size)};
}

std::string TokenIssuer::Sign(const std::string& claims, const std::string& header) const {
  json whole{{"alg", algorithm_}, {"kid", key_id_}, {"typ", "JWT"}};
  whole.update(json::parse(header));
  const std::string part = SignedPart(whole.dump(), claims);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(part.data());
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pair.get());
  size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes, part.size());
  std::string signature(size, '\0');
  INVARIANT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           bytes, part.size()) == 1,
            "a fresh key signs");
  signature.resize(size);
  return part + "." + Base64Url(algorithm_ == "ES256" ? Plain(signature) : signature);
}

std::string KeySetOf(const std::initializer_list<std::string>& keys) {
  json set{{"keys", json::array()}};
  for (const std::string& key : keys) {
    set["keys"].push_back(json::parse(key));
  }
  return set.dump();
}

std::string AnyToken(const std::string& header, const std::string& claims,
                     const std::string& signature) {
  return SignedPart(header, claims) + "." + Base64Url(signature);
}

std::string HmacToken(const std::string& header, const std::string& claims,
                      const std::string& key) {
  const std::string part = SignedPart(header, claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(part.data()), part.size(), code.data(), &size);
  return part + "." + Base64Url(std::string(reinterpret_cast<const char*>(code.data()), size));
}

}  // namespace orderflow::auth
