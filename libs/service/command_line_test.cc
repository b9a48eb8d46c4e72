// Proves which command lines are accepted and that --help shows flags, commands and settings.
#include "libs/service/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/service/common_config.h"

namespace orderflow::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<Command> kCommands = {{"--create-topics", "create every topic", nullptr}};

absl::StatusOr<std::string> Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "order-service");
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data(), kCommands);
}

TEST(CommandLine, ServesWithoutAFlag) { EXPECT_EQ(*Parse({}), kServe); }

TEST(CommandLine, TakesOneFlag) {
  EXPECT_EQ(*Parse({"--migrate"}), kMigrate);
  EXPECT_EQ(*Parse({"--create-topics"}), "--create-topics");
  EXPECT_EQ(*Parse({"-h"}), kHelp);
}

TEST(CommandLine, RefusesUnknownAndSecondFlags) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--migrat"}, {"serve"}, {"--migrate", "--help"}}) {
    EXPECT_EQ(Parse(arguments).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(CommandLine, HelpShowsFlagsCommandsAndSettings) {
  ProcessDescription description;
  description.name = "order-service";
  description.summary = "Accepts orders.";
  description.grpc_listen_default = "127.0.0.1:15051";
  description.admin_listen_default = "127.0.0.1:9101";
  config::Settings settings(
      {{"ORDERFLOW_DATABASE_URL", "postgresql://u:hunter2@h/d"}, {"ORDERFLOW_LOG_LEVEL", "debug"}});
  const CommonConfig config = DeclareCommon(settings, description);

  const std::string help = HelpText(description, kCommands, settings);

  EXPECT_THAT(help, AllOf(HasSubstr("order-service: Accepts orders."), HasSubstr("--create-topics"),
                          HasSubstr("--migrate"), HasSubstr("ORDERFLOW_GRPC_LISTEN"),
                          HasSubstr("127.0.0.1:15051"), Not(HasSubstr("hunter2"))));
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.database_url, "postgresql://u:hunter2@h/d");
  EXPECT_EQ(config.shutdown_grace, std::chrono::seconds(20));
  EXPECT_EQ(config.kafka_messages_per_record_max, 1U);
  EXPECT_NE(config.instance_id, "");
  EXPECT_TRUE(settings.Check().ok()) << settings.Check();
}

TEST(CommandLine, AProcessWithoutKafkaHasNoKafkaSetting) {
  ProcessDescription description;
  description.uses_kafka = false;
  config::Settings settings({});
  DeclareCommon(settings, description);

  EXPECT_THAT(settings.HelpText(), Not(HasSubstr("KAFKA")));
}

}  // namespace
}  // namespace orderflow::service
