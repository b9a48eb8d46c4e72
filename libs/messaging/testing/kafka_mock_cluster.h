#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <string>

#include "libs/messaging/kafka.h"

namespace orderflow::messaging {

// librdkafka's own broker, for this folder's tests: it speaks the protocol over sockets, but keeps
// records in memory and does not check everything a real broker checks.
class KafkaMockCluster {
 public:
  explicit KafkaMockCluster(int partitions, const std::string& topic) {
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0);
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
  }
  ~KafkaMockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }
  KafkaMockCluster(const KafkaMockCluster&) = delete;
  KafkaMockCluster& operator=(const KafkaMockCluster&) = delete;

  KafkaOptions Options() const {
    return {.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_),
            .client_id = "test",
            .session_timeout_ms = 3000};
  }
  // The topic is gone: the next producer is told so, and so is who asks what topics there are.
  void ForgetTopic(const std::string& topic) {
    constexpr int16_t kProduceRequest = 0;
    rd_kafka_mock_topic_set_error(cluster_, topic.c_str(), RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    rd_kafka_mock_push_request_errors(cluster_, kProduceRequest, 1,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  }
  // So long every answer takes.
  void SetRoundTrip(std::chrono::milliseconds time) {
    rd_kafka_mock_broker_set_rtt(cluster_, 1, static_cast<int>(time.count()));
  }
  void SetUp(bool up) {
    if (up) {
      rd_kafka_mock_broker_set_up(cluster_, 1);
    } else {
      rd_kafka_mock_broker_set_down(cluster_, 1);
    }
  }

 private:
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace orderflow::messaging
