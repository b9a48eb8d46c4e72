#pragma once

#include <string>
#include <vector>

namespace orderflow::messaging {

// What one process may do to Kafka, and no more: the broker's access control lists are made of it.
struct TopicRights {
  std::string principal;            // the process, which is its login too
  std::vector<std::string> groups;  // consumer groups that it may join, or must name to read
  std::vector<std::string> reads;   // topics
  std::vector<std::string> writes;  // topics
};

// One for each process that uses Kafka.
std::vector<TopicRights> AllTopicRights();

// The same as a table for people.
std::string DescribeTopicRights();

}  // namespace orderflow::messaging
