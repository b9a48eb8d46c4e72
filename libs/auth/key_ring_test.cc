#include "libs/auth/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/auth/testing/token_issuer.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::auth {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

TEST(KeyRing, HasWhatWasReadLast) {
  std::string text = KeySetOf({TokenIssuer("old", 0).public_key()});
  KeyRing ring([&text] { return text; });
  EXPECT_THAT(*ring.keys(), IsEmpty());

  ASSERT_THAT(ring.Refresh(), IsOk());
  const KeyRing::Keys before = ring.keys();
  text = KeySetOf({TokenIssuer("new", 0).public_key()});
  ASSERT_THAT(ring.Refresh(), IsOk());

  EXPECT_THAT(*ring.keys(), ElementsAre(Field(&JsonWebKey::id, "new")));
  EXPECT_THAT(*before, ElementsAre(Field(&JsonWebKey::id, "old")));
}

TEST(KeyRing, KeepsWhatItHasWhenItCannotRead) {
  absl::StatusOr<std::string> text = KeySetOf({TokenIssuer("a", 0).public_key()});
  KeyRing ring([&text] { return text; });
  ASSERT_THAT(ring.Refresh(), IsOk());

  text = absl::UnavailableError("down");
  EXPECT_THAT(ring.Refresh(), StatusIs(absl::StatusCode::kUnavailable));
  text = "no key set";
  EXPECT_THAT(ring.Refresh(), StatusIs(absl::StatusCode::kInvalidArgument));

  EXPECT_THAT(*ring.keys(), ElementsAre(Field(&JsonWebKey::id, "a")));
}

}  // namespace
}  // namespace orderflow::auth
