// Proves that a checkpoint comes back from its file as it was, that a file that is cut off, damaged
// or of another version is refused instead of believed, and that a full disk leaves the old one.
#include "tools/verify/checkpoint_file.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/verify/replace_file.h"

namespace orderflow::verify {
namespace {

Checkpoint AnyCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.positions["orders"] = {.time = Timestamp(Duration(1'700'000'000'000'001)),
                                    .snapshot = "5:9:6,7",
                                    .running = "6,7",
                                    .safe_time = Timestamp(Duration(1'699'999'999'999'999))};
  checkpoint.positions["provider"] = {.time = Timestamp(Duration(5)),
                                      .snapshot = "1:1:",
                                      .running = "",
                                      .safe_time = Timestamp(Duration(5))};
  checkpoint.unsettled = {"01a20e1c-706d-70c9-ba77-4b4d195db9d4", "somebody else's reference"};
  checkpoint.recent["o1"] = {.newest_id = "s1", .counted = true};
  checkpoint.recent["o2"] = {.newest_id = "o2", .counted = false};
  checkpoint.sold = {{"A", 3}, {"B.x-1", -2}};
  return checkpoint;
}

TEST(CheckpointFile, ComesBackAsItWas) {
  const std::string text = CheckpointText(AnyCheckpoint());

  const auto parsed = ParseCheckpoint(text);

  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->unsettled, AnyCheckpoint().unsettled);
  EXPECT_EQ(parsed->sold, AnyCheckpoint().sold);
  EXPECT_TRUE(parsed->recent.at("o1").counted);
  EXPECT_EQ(parsed->recent.at("o1").newest_id, "s1");
  EXPECT_FALSE(parsed->recent.at("o2").counted);
  const Position& orders = parsed->positions.at("orders");
  EXPECT_EQ(orders.time, AnyCheckpoint().positions.at("orders").time);
  EXPECT_EQ(orders.safe_time, AnyCheckpoint().positions.at("orders").safe_time);
  EXPECT_EQ(orders.snapshot, "5:9:6,7");
  EXPECT_EQ(orders.running, "6,7");
  EXPECT_EQ(parsed->positions.at("provider").running, "");
}

TEST(CheckpointFile, IsRefusedWhereverItIsCutOff) {
  const std::string text = CheckpointText(AnyCheckpoint());
  // The last character is the line break behind the end.
  for (size_t length = 0; length + 1 < text.size(); ++length) {
    EXPECT_FALSE(ParseCheckpoint(text.substr(0, length)).ok()) << length;
  }
}

TEST(CheckpointFile, IsRefusedWhenDamagedOrOfAnotherVersion) {
  EXPECT_FALSE(ParseCheckpoint("orderflow-verify-checkpoint 2\nend 1\n").ok());
  EXPECT_FALSE(ParseCheckpoint("orderflow-verify-checkpoint 1\nsold A many\nend 2\n").ok());
  EXPECT_FALSE(ParseCheckpoint("orderflow-verify-checkpoint 1\nmore A 1\nend 2\n").ok());
}

TEST(CheckpointFile, IsWrittenAndReadAndMayBeMissing) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / "checkpoint_file_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string path = folder / "state";

  const auto missing = LoadCheckpoint(path);
  ASSERT_TRUE(missing.ok());
  EXPECT_TRUE(missing->checkpoint.positions.empty());
  EXPECT_EQ(missing->damage, "");

  ASSERT_TRUE(SaveCheckpoint(path, AnyCheckpoint()).ok());
  const auto loaded = LoadCheckpoint(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->checkpoint.unsettled.size(), 2u);
  EXPECT_EQ(loaded->damage, "");
  EXPECT_TRUE(absl::IsUnavailable(SaveCheckpoint(folder / "none" / "state", AnyCheckpoint())));
  std::filesystem::remove_all(folder);
}

// Found by a review: after a power loss had left an empty file, every run ended with an error.
TEST(CheckpointFile, IsOfNoUseButNoErrorWhenDamaged) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "damaged_checkpoint_test";
  for (const std::string& text : {std::string(), CheckpointText(AnyCheckpoint()).substr(0, 99)}) {
    std::ofstream(path) << text;

    const auto loaded = LoadCheckpoint(path);

    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_TRUE(loaded->checkpoint.positions.empty());
    EXPECT_NE(loaded->damage, "");
  }
  std::filesystem::remove(path);
}

TEST(ReplaceFile, SaysThatTheDiskIsFullAndKeepsTheOldFile) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / "full_disk_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::filesystem::create_symlink("/dev/full", folder / "state.new");
  std::ofstream(folder / "state") << "old";

  const absl::Status status = ReplaceFile(folder / "state", "new");

  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  std::string text;
  std::ifstream(folder / "state") >> text;
  EXPECT_EQ(text, "old");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace orderflow::verify
