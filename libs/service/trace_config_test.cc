// Which address of a collector is taken.
#include "libs/service/trace_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libs/base/status_macros.h"

namespace orderflow::service {
namespace {

using ::testing::HasSubstr;

std::string Problem(const std::string& endpoint) {
  config::Settings settings({{"ORDERFLOW_TRACES_ENDPOINT", endpoint}});
  DeclareTraces(settings, /*for_customers=*/true);
  return Message(settings.Check());
}

TEST(TraceConfig, TakesAnAddressWithOrWithoutAPath) {
  EXPECT_EQ(Problem(""), "");
  EXPECT_EQ(Problem("http://127.0.0.1:4318"), "");
  EXPECT_EQ(Problem("https://otlp.example/tenants/7/"), "");
}

// It stands in logs.
TEST(TraceConfig, TakesNoLoginInTheAddress) {
  for (const char* endpoint : {"https://user:secret@otlp.example",
                               "https://otlp.example?key=secret", "https://otlp.example#secret"}) {
    EXPECT_THAT(Problem(endpoint), HasSubstr("ORDERFLOW_TRACES_HEADERS_FILE")) << endpoint;
    EXPECT_THAT(Problem(endpoint), ::testing::Not(HasSubstr("secret"))) << endpoint;
  }
}

TEST(TraceConfig, TakesNothingButHttp) {
  EXPECT_THAT(Problem("collector:4318"), HasSubstr("http://"));
}

}  // namespace
}  // namespace orderflow::service
