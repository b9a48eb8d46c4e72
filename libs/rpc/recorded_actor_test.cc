// Proves that nobody acts in another's name.
#include "libs/rpc/recorded_actor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/errors.h"

namespace orderflow::rpc {
namespace {

using ::testing::HasSubstr;

const Caller kAnyone{.kind = Caller::Kind::kAnyone};
const Caller kAnn{.kind = Caller::Kind::kOperator, .name = "ann"};

TEST(RecordedActor, IsWhoIsCalling) {
  FieldViolations none;

  EXPECT_EQ(RecordedActor(kAnn, "", "repair.actor", none), "ann");
  EXPECT_EQ(RecordedActor(kAnn, "ann", "repair.actor", none), "ann");
  EXPECT_TRUE(none.empty());
}

TEST(RecordedActor, IsNobodyElse) {
  FieldViolations violations;

  EXPECT_EQ(RecordedActor(kAnn, "bob", "repair.actor", violations), "ann");

  ASSERT_EQ(violations.list().size(), 1U);
  EXPECT_EQ(violations.list()[0].field, "repair.actor");
  EXPECT_THAT(violations.list()[0].description, HasSubstr("\"ann\", or be left out"));
}

TEST(RecordedActor, IsDemandedWhereNobodyIsAskedWhoTheyAre) {
  FieldViolations none;
  EXPECT_EQ(RecordedActor(kAnyone, "bob", "repair.actor", none), "bob");
  EXPECT_TRUE(none.empty());

  FieldViolations violations;
  (void)RecordedActor(kAnyone, "", "repair.actor", violations);
  ASSERT_EQ(violations.list().size(), 1U);
  EXPECT_EQ(violations.list()[0].field, "repair.actor");
}

// What a token calls its subject is not known to fit into a record.
TEST(RecordedActor, MustBeFitForARecord) {
  FieldViolations violations;
  (void)RecordedActor({.kind = Caller::Kind::kOperator, .name = std::string(101, 'a')}, "",
                      "repair.actor", violations);
  EXPECT_EQ(violations.list().size(), 1U);
}

}  // namespace
}  // namespace orderflow::rpc
