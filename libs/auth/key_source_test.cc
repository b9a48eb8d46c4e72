// Keys from files and from a real server on the loopback address, and what is not read.
#include "libs/auth/key_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fmt/format.h"
#include "libs/testing/certificates.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::auth {
namespace {

using ::orderflow::testing::CertificateAuthority;
using ::orderflow::testing::CertificateFiles;
using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;
using ::testing::HasSubstr;

constexpr size_t kTooMuch = 300 * 1024;

class KeySourceTest : public ::testing::Test {
 public:
  ~KeySourceTest() override {
    server_.stop();
    listener_.join();
  }

 protected:
  KeySourceTest()
      : own_(authority_.Issue({.name = "provider", .alt_names = {"IP:127.0.0.1"}})),
        server_(own_.certificate.c_str(), own_.private_key.c_str()) {
    server_.Get("/keys", [](const auto&, auto& response) { response.set_content("keys", "text"); });
    server_.Get("/moved", [](const auto&, auto& response) { response.set_redirect("/keys"); });
    server_.Get("/long", [](const auto&, auto& response) {
      response.set_content(std::string(kTooMuch, 'a'), "text");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    listener_ = std::thread([this] { server_.listen_after_bind(); });
  }

  KeySource At(const std::string& path) const {
    return {.file = "",
            .url = fmt::format("https://127.0.0.1:{}{}", port_, path),
            .authorities_file = authority_.certificate()};
  }
  std::string WriteFile(const std::string& text) {
    const std::string path = authority_.certificate() + ".keys";
    std::ofstream(path) << text;
    return path;
  }

  CertificateAuthority authority_;
  const CertificateFiles own_;
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread listener_;
};

TEST_F(KeySourceTest, ReadsFilesAndUrls) {
  EXPECT_THAT(ReadKeySet({.file = WriteFile("keys in a file")}), IsOkAndHolds("keys in a file"));
  EXPECT_THAT(ReadKeySet(At("/keys")), IsOkAndHolds("keys"));
}

TEST_F(KeySourceTest, ReadsNothingThatIsTooLongOrNotThere) {
  const auto expect = [](const KeySource& source, const std::string& why) {
    EXPECT_THAT(ReadKeySet(source), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(why)));
  };
  expect({.file = "/nowhere/keys.json"}, "/nowhere/keys.json");
  expect({.file = WriteFile(std::string(kTooMuch, 'a'))}, "more than");
  expect(At("/long"), "more than");
  expect(At("/none"), "status 404");
  expect(At("/moved"), "status 302");
}

TEST_F(KeySourceTest, TrustsOnlyItsAuthoritiesAndTls) {
  const CertificateAuthority stranger;
  KeySource source = At("/keys");
  source.authorities_file = stranger.certificate();
  EXPECT_THAT(ReadKeySet(source), StatusIs(absl::StatusCode::kUnavailable));
  for (const std::string scheme : {"http", "file", "ftp"}) {
    source = At("/keys");
    source.url.replace(0, source.url.find(':'), scheme);
    EXPECT_THAT(ReadKeySet(source), StatusIs(absl::StatusCode::kUnavailable)) << scheme;
  }
}

}  // namespace
}  // namespace orderflow::auth
