#include "tests/fault/mailbox.h"

#include "fmt/format.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

namespace orderflow::fault {

absl::Status Mailbox::Read() {
  httplib::Client client("127.0.0.1", web_port_);
  const auto response = client.Get(fmt::format("/email?skip={}", read_).c_str());
  if (!response || response->status != 200) {
    return absl::UnavailableError("the mail catcher does not show its mails");
  }
  const nlohmann::json mails = nlohmann::json::parse(response->body, nullptr, false);
  if (!mails.is_array()) {
    return absl::UnavailableError("the mail catcher does not answer with a list of mails");
  }
  for (const nlohmann::json& mail : mails) {
    const std::string subject = mail.value("subject", "");
    for (const nlohmann::json& to : mail.value("to", nlohmann::json::array())) {
      ++mails_[{to.value("address", ""), subject}];
    }
    ++read_;
  }
  return absl::OkStatus();
}

std::vector<std::string> CompareMails(const std::vector<NotificationRow>& notifications,
                                      const std::map<MailKey, int>& mails) {
  std::vector<std::string> violations;
  std::map<MailKey, int> unexplained = mails;
  for (const NotificationRow& notification : notifications) {
    const MailKey key(notification.recipient, notification.subject);
    const auto found = mails.find(key);
    const int count = found == mails.end() ? 0 : found->second;
    const bool is_sent = notification.state == "SENT";
    const bool may_be_there = is_sent || notification.state == "PARKED";
    if (count > (may_be_there ? 1 : 0) || (is_sent && count == 0)) {
      violations.push_back(fmt::format("'{}' to {} is {} and {} times in the mailbox",
                                       notification.subject, notification.recipient,
                                       notification.state, count));
    }
    unexplained.erase(key);
  }
  for (const auto& [key, count] : unexplained) {
    violations.push_back(fmt::format("'{}' to {} is {} times in the mailbox, and no notification",
                                     key.second, key.first, count));
  }
  return violations;
}

}  // namespace orderflow::fault
