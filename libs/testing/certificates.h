#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace orderflow::testing {

// What a certificate is to say.
struct CertificateRequest {
  std::string name;  // of the files, and common name
  std::vector<std::string>
      alt_names{};  // as OpenSSL writes them: "DNS:localhost", "URI:spiffe://..."
  std::chrono::seconds valid_for{3600};  // negative: has expired
};

struct CertificateFiles {
  std::string certificate;
  std::string private_key;
};

// A certificate authority of one test, with P-256 keys, whose files go with it.
class CertificateAuthority {
 public:
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // PEM file with the authority's own certificate.
  std::string certificate() const;
  // Makes a key and a certificate; a second call with the same name replaces the files, each at
  // once, the key first.
  CertificateFiles Issue(const CertificateRequest& request);

 private:
  std::filesystem::path folder_;
  struct Signer;
  std::unique_ptr<Signer> signer_;
  long serial_ = 1;
};

}  // namespace orderflow::testing
