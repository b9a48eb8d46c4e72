#pragma once

#include "libs/messaging/kafka_security.h"
#include "libs/rpc/client_credentials.h"

namespace CLI {
class App;
}

namespace orderflow::client {

// The options by which a tool says who it is to services over gRPC, each of which the environment
// can set, too. `identity` must outlive the parsing.
void AddIdentityOptions(CLI::App& app, rpc::ClientIdentity& identity);

// The same to Kafka. The password is no option, since arguments are for everybody to see: it comes
// from the environment alone.
void AddKafkaSecurityOptions(CLI::App& app, messaging::KafkaSecurity& security);

}  // namespace orderflow::client
