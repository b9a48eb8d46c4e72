#include "libs/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "libs/base/invariant.h"

namespace orderflow {
namespace {

// Looked up once: SHA256() does so each time, which costs as much as digesting a short text.
const EVP_MD* Sha256() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return sha256;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  const int made = EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, Sha256(), nullptr);
  INVARIANT(made == 1, "OpenSSL has SHA-256");
  std::string text;
  text.reserve(2 * sizeof(digest));
  for (const unsigned char byte : digest) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0xf];
  }
  return text;
}

std::string HmacSha256(std::string_view key, std::string_view message) {
  std::string code(SHA256_DIGEST_LENGTH, '\0');
  unsigned int size = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(code.data()), &size);
  INVARIANT(made != nullptr && size == code.size(), "OpenSSL has SHA-256");
  return code;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace orderflow
