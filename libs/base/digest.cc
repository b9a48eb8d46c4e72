#include "libs/base/digest.h"

#include <openssl/sha.h>

namespace orderflow {

std::string Sha256Hex(std::string_view bytes) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string text;
  text.reserve(2 * sizeof(digest));
  for (const unsigned char byte : digest) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0xf];
  }
  return text;
}

}  // namespace orderflow
