// Proves that settings of order-service which contradict each other are named at the start.
#include "services/order/order_service_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/config/settings.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

absl::Status Check(const config::Settings::Environment& environment) {
  config::Settings settings(environment);
  DeclareOrderService(settings);
  return settings.Check();
}

TEST(OrderServiceConfig, TheDefaultsFitTogether) { EXPECT_THAT(Check({}), IsOk()); }

TEST(OrderServiceConfig, TheLimitOfCallsStartsBetweenItsBounds) {
  EXPECT_THAT(Check({{"ORDERFLOW_ADMISSION_LIMIT_MIN", "7"},
                     {"ORDERFLOW_ADMISSION_LIMIT_INITIAL", "7"},
                     {"ORDERFLOW_ADMISSION_LIMIT_MAX", "7"}}),
              IsOk());
  EXPECT_THAT(Check({{"ORDERFLOW_ADMISSION_LIMIT_MIN", "513"}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("ORDERFLOW_ADMISSION_LIMIT_MIN must not be above")));
  EXPECT_THAT(Check({{"ORDERFLOW_ADMISSION_LIMIT_MAX", "511"}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("ORDERFLOW_ADMISSION_LIMIT_INITIAL must not be above")));
}

}  // namespace
}  // namespace orderflow::order
