#pragma once

#include <memory>
#include <string>

namespace orderflow::auth {

// Issues tokens as an identity provider does, for tests: a key pair and its public half as a JSON
// Web Key. Makes any token that it is asked for, wrong ones too.
class TokenIssuer {
 public:
  // RS256 with `rsa_bits`, or ES256 with 0.
  TokenIssuer(std::string key_id, int rsa_bits);
  // RS256 with the key in a PEM file.
  TokenIssuer(std::string key_id, const std::string& key_file);
  ~TokenIssuer();

  // One element of "keys".
  std::string public_key() const;
  std::string public_pem() const;

  // Signed with this key by its own algorithm; `header` is added to "alg" and "kid" (JSON, may be
  // "{}"), `claims` is JSON.
  std::string Sign(const std::string& claims, const std::string& header = "{}") const;

 private:
  struct Key;
  std::string key_id_;
  std::string algorithm_;
  std::unique_ptr<Key> key_;
};

// The text of a key set with these keys.
std::string KeySetOf(const std::initializer_list<std::string>& keys);

// A token with any header and claims (JSON) and any signature (raw bytes).
std::string AnyToken(const std::string& header, const std::string& claims,
                     const std::string& signature);
// HMAC-SHA256 with `key`, which need not be one: a public key's text is the classic confusion.
std::string HmacToken(const std::string& header, const std::string& claims, const std::string& key);

}  // namespace orderflow::auth
