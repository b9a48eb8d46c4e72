#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace orderflow::fault {

// Recipient and subject, which names the order: together what a customer is told once.
using MailKey = std::pair<std::string, std::string>;

// What notification-service says of one notification.
struct NotificationRow {
  std::string recipient;
  std::string subject;
  std::string state;
};

// The mail catcher's mailbox: what customers got, whoever sent it. Not threadsafe.
class Mailbox {
 public:
  explicit Mailbox(int web_port) : web_port_(web_port) {}

  // Reads what has come since the last call.
  absl::Status Read();
  // Mails since ForgetAll, and how many of each there have ever been.
  const std::map<MailKey, int>& mails() const { return mails_; }
  // The round is over; a copy that comes later belongs to nobody.
  void ForgetAll() { mails_.clear(); }

 private:
  const int web_port_;
  size_t read_ = 0;
  std::map<MailKey, int> mails_;
};

// At rest: what counts as sent is in the mailbox once, what may have been delivered at most once,
// and there is no other mail. Pure.
std::vector<std::string> CompareMails(const std::vector<NotificationRow>& notifications,
                                      const std::map<MailKey, int>& mails);

}  // namespace orderflow::fault
