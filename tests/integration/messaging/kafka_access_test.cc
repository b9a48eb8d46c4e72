// Proves against a real broker that rights are not granted in silence where nobody asks for them.
// That they hold where there is an authorizer: tests/e2e/kafka_rights.sh.
#include <gmock/gmock.h>

#include "libs/messaging/kafka.h"
#include "libs/testing/postgres/backends.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::messaging {
namespace {

using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

TEST(KafkaAccess, ABrokerWithoutAnAuthorizerGrantsNothingAndTheErrorSaysWhatToDo) {
  EXPECT_THAT(GrantTopicRights(
                  {.bootstrap_servers = orderflow::testing::FindBackends().kafka_bootstrap_servers,
                   .client_id = "test"},
                  AllTopicRights()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("authorizer.class.name")));
}

}  // namespace
}  // namespace orderflow::messaging
