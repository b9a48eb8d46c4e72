#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_admin.h"
#include "libs/messaging/kafka_client.h"

namespace orderflow::messaging {
namespace {

constexpr char kWhat[] = "rights not granted";
constexpr size_t kErrorTextSize = 512;
constexpr char kAnyHost[] = "*";

struct AclDeleter {
  void operator()(rd_kafka_AclBinding_t* acl) const { rd_kafka_AclBinding_destroy(acl); }
};
using Acl = std::unique_ptr<rd_kafka_AclBinding_t, AclDeleter>;

// Adds what `principal` needs to do `operation` with each of `names`: that, and to see it.
absl::Status AddAcls(const std::string& principal, rd_kafka_ResourceType_t type,
                     const std::vector<std::string>& names, rd_kafka_AclOperation_t operation,
                     std::vector<Acl>& acls) {
  for (const std::string& name : names) {
    for (const rd_kafka_AclOperation_t each : {RD_KAFKA_ACL_OPERATION_DESCRIBE, operation}) {
      std::array<char, kErrorTextSize> text{};
      Acl acl(rd_kafka_AclBinding_new(
          type, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, ("User:" + principal).c_str(),
          kAnyHost, each, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text.data(), text.size()));
      if (acl == nullptr) {
        return absl::InvalidArgumentError(fmt::format("{}: {}", kWhat, text.data()));
      }
      acls.push_back(std::move(acl));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Acl>> AclsOf(const std::vector<TopicRights>& all) {
  std::vector<Acl> acls;
  for (const TopicRights& rights : all) {
    RETURN_IF_ERROR(AddAcls(rights.principal, RD_KAFKA_RESOURCE_GROUP, rights.groups,
                            RD_KAFKA_ACL_OPERATION_READ, acls));
    RETURN_IF_ERROR(AddAcls(rights.principal, RD_KAFKA_RESOURCE_TOPIC, rights.reads,
                            RD_KAFKA_ACL_OPERATION_READ, acls));
    RETURN_IF_ERROR(AddAcls(rights.principal, RD_KAFKA_RESOURCE_TOPIC, rights.writes,
                            RD_KAFKA_ACL_OPERATION_WRITE, acls));
  }
  return acls;
}

// The brokers' own text shows the insides of their request.
absl::Status Refused(rd_kafka_resp_err_t code) {
  const char* advice = "";
  if (code == RD_KAFKA_RESP_ERR_SECURITY_DISABLED) {
    advice = "; the brokers have no authorizer: set authorizer.class.name, or leave this out";
  } else if (code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
    advice = "; log in as one of super.users, or as one who may Alter the cluster";
  }
  return absl::FailedPreconditionError(
      fmt::format("{}: {}{}", kWhat, rd_kafka_err2str(code), advice));
}

}  // namespace

absl::Status GrantTopicRights(const KafkaOptions& options, const std::vector<TopicRights>& rights) {
  KafkaEvents events;
  ASSIGN_OR_RETURN(const KafkaHandle client,
                   MakeKafkaHandle(KafkaRole::kProducer, AdminProperties(options), events));
  ASSIGN_OR_RETURN(const std::vector<Acl> acls, AclsOf(rights));
  std::vector<rd_kafka_AclBinding_t*> raw;
  for (const Acl& acl : acls) {
    raw.push_back(acl.get());
  }
  ASSIGN_OR_RETURN(const AdminAnswer answer,
                   AskCluster(client.get(), RD_KAFKA_ADMIN_OP_CREATEACLS, kWhat,
                              [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* queue) {
                                rd_kafka_CreateAcls(client.get(), raw.data(), raw.size(), admin,
                                                    queue);
                              }));
  size_t count = 0;
  const rd_kafka_acl_result_t** results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(answer.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (const rd_kafka_error_t* error = rd_kafka_acl_result_error(results[i]); error != nullptr) {
      return Refused(rd_kafka_error_code(error));
    }
  }
  return absl::OkStatus();
}

}  // namespace orderflow::messaging
