// Proves that the comparison of notifications with the mailbox sees each mail that is missing, one
// too many or nobody's, and nothing in a good round.
#include "tests/fault/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::fault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const MailKey kAnn("ann@fault.example", "Your order 1 is confirmed");
const MailKey kBob("bob@fault.example", "Your order 2 is confirmed");

NotificationRow ANotification(const MailKey& key, const std::string& state) {
  return {.recipient = key.first, .subject = key.second, .state = state};
}

TEST(CompareMails, FindsNothingWhenWhatWasSentIsThereOnce) {
  EXPECT_THAT(CompareMails({ANotification(kAnn, "SENT"), ANotification(kBob, "SENT")},
                           {{kAnn, 1}, {kBob, 1}}),
              IsEmpty());
}

TEST(CompareMails, LetsAParkedOneBeThereOrNot) {
  EXPECT_THAT(
      CompareMails({ANotification(kAnn, "PARKED"), ANotification(kBob, "PARKED")}, {{kAnn, 1}}),
      IsEmpty());
}

TEST(CompareMails, SeesASecondCopy) {
  EXPECT_THAT(CompareMails({ANotification(kAnn, "SENT")}, {{kAnn, 2}}),
              ElementsAre(HasSubstr("is SENT and 2 times in the mailbox")));
  EXPECT_THAT(CompareMails({ANotification(kAnn, "PARKED")}, {{kAnn, 2}}),
              ElementsAre(HasSubstr("is PARKED and 2 times")));
}

TEST(CompareMails, SeesWhatWasSentAndNeverCame) {
  EXPECT_THAT(CompareMails({ANotification(kAnn, "SENT")}, {}),
              ElementsAre(HasSubstr("is SENT and 0 times")));
}

TEST(CompareMails, SeesAMailThatShouldStillWait) {
  EXPECT_THAT(CompareMails({ANotification(kAnn, "PENDING")}, {{kAnn, 1}}),
              ElementsAre(HasSubstr("is PENDING and 1 times")));
}

TEST(CompareMails, SeesAMailWithoutANotification) {
  EXPECT_THAT(CompareMails({ANotification(kAnn, "SENT")}, {{kAnn, 1}, {kBob, 1}}),
              ElementsAre(HasSubstr("bob@fault.example is 1 times in the mailbox, and no")));
}

}  // namespace
}  // namespace orderflow::fault
