#include "libs/testing/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <functional>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "libs/base/invariant.h"

namespace orderflow::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

// A certificate that is not yet valid on a machine whose clock is behind would fail at random.
constexpr long kValidSinceSeconds = -86400;

Key NewKey() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

void AddExtension(X509& certificate, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  INVARIANT(extension != nullptr, "OpenSSL understands what a test writes");
  X509_add_ext(&certificate, extension.get(), -1);
}

Certificate NewCertificate(const std::string& name, EVP_PKEY& key, long serial,
                           std::chrono::seconds valid_for) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), kValidSinceSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(valid_for.count()));
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

// Written beside and renamed, so that a reader sees the old file or the new one.
void Write(const std::filesystem::path& file, const std::function<int(BIO*)>& write) {
  const std::filesystem::path unfinished = file.string() + ".new";
  {
    const std::unique_ptr<BIO, int (*)(BIO*)> output(BIO_new_file(unfinished.c_str(), "w"),
                                                     BIO_free);
    INVARIANT(output != nullptr && write(output.get()) == 1, "a test can write its own files");
  }
  std::filesystem::rename(unfinished, file);
}

}  // namespace

struct CertificateAuthority::Signer {
  Key key = NewKey();
  Certificate certificate{nullptr, X509_free};
};

CertificateAuthority::CertificateAuthority() : signer_(std::make_unique<Signer>()) {
  std::string pattern = std::filesystem::temp_directory_path() / "orderflow-certificates-XXXXXX";
  INVARIANT(::mkdtemp(pattern.data()) != nullptr, "a test can make a folder");
  folder_ = pattern;
  signer_->certificate =
      NewCertificate("Orderflow test authority", *signer_->key, serial_++, std::chrono::hours(1));
  X509& own = *signer_->certificate;
  X509_set_issuer_name(&own, X509_get_subject_name(&own));
  AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(own, own, NID_subject_key_identifier, "hash");
  X509_sign(&own, signer_->key.get(), EVP_sha256());
  Write(certificate(), [&own](BIO* file) { return PEM_write_bio_X509(file, &own); });
}

CertificateAuthority::~CertificateAuthority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string CertificateAuthority::certificate() const { return folder_ / "authority.pem"; }

CertificateFiles CertificateAuthority::Issue(const CertificateRequest& request) {
  const Key key = NewKey();
  const Certificate certificate = NewCertificate(request.name, *key, serial_++, request.valid_for);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer_->certificate.get()));
  AddExtension(*certificate, *signer_->certificate, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(*certificate, *signer_->certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  if (!request.alt_names.empty()) {
    AddExtension(*certificate, *signer_->certificate, NID_subject_alt_name,
                 fmt::format("{}", fmt::join(request.alt_names, ",")));
  }
  X509_sign(certificate.get(), signer_->key.get(), EVP_sha256());
  CertificateFiles files{.certificate = folder_ / (request.name + ".pem"),
                         .private_key = folder_ / (request.name + ".key")};
  Write(files.private_key, [&key](BIO* file) {
    return PEM_write_bio_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  Write(files.certificate,
        [&certificate](BIO* file) { return PEM_write_bio_X509(file, certificate.get()); });
  return files;
}

}  // namespace orderflow::testing
