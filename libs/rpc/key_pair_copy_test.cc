// Proves that a key and a certificate that do not belong together are never taken, and that the log
// says so.
#include "libs/rpc/key_pair_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/telemetry/log.h"
#include "libs/testing/certificates.h"
#include "libs/testing/eventually.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::rpc {
namespace {

using orderflow::testing::CertificateAuthority;
using orderflow::testing::CertificateFiles;
using orderflow::testing::Eventually;
using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Replace(const std::string& file, const std::string& by) {
  std::filesystem::copy_file(by, file + ".new", std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(file + ".new", file);
}

class KeyPairCopyTest : public ::testing::Test {
 protected:
  CertificateAuthority authority_;
  const CertificateFiles own_ = authority_.Issue({.name = "own"});
  const CertificateFiles other_ = authority_.Issue({.name = "other"});
};

TEST_F(KeyPairCopyTest, HasBothAndFollowsThem) {
  const auto copy = KeyPairCopy::Of(own_.certificate, own_.private_key);
  ASSERT_THAT(copy, IsOk());
  const std::string path = (*copy)->path();
  EXPECT_THAT(TextOf(path), HasSubstr(TextOf(own_.certificate)));
  EXPECT_THAT(TextOf(path), HasSubstr(TextOf(own_.private_key)));

  Replace(own_.private_key, other_.private_key);
  Replace(own_.certificate, other_.certificate);

  EXPECT_TRUE(Eventually(
      [&] { return TextOf(path).find(TextOf(other_.certificate)) != std::string::npos; }));
  EXPECT_EQ((*copy)->path(), path);
}

TEST_F(KeyPairCopyTest, WhatDoesNotBelongTogetherIsNotTakenAndTheLogSaysSo) {
  const std::string log_file = own_.certificate + ".log";
  telemetry::InitLog({.level = telemetry::LogLevel::kInfo,
                      .service = "test",
                      .instance_id = "1",
                      .file = log_file});
  const auto log = [&] {
    telemetry::FlushLog();
    return TextOf(log_file);
  };
  auto copy = KeyPairCopy::Of(own_.certificate, own_.private_key);
  ASSERT_THAT(copy, IsOk());
  const std::string before = TextOf((*copy)->path());

  Replace(own_.private_key, other_.private_key);
  EXPECT_TRUE(Eventually(
      [&] { return log().find("the one of before goes on counting") != std::string::npos; }));
  EXPECT_THAT(log(), HasSubstr(own_.private_key));
  EXPECT_EQ(TextOf((*copy)->path()), before);

  Replace(own_.certificate, other_.certificate);
  EXPECT_TRUE(Eventually([&] { return TextOf((*copy)->path()) != before; }));
  copy->reset();  // its thread logs
  telemetry::InitLog(
      {.level = telemetry::LogLevel::kInfo, .service = "", .instance_id = "", .file = ""});
}

TEST_F(KeyPairCopyTest, NoPairAtTheStartIsNoCopy) {
  EXPECT_THAT(KeyPairCopy::Of(own_.certificate, other_.private_key),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(other_.private_key)));
}

}  // namespace
}  // namespace orderflow::rpc
