#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "services/notification/domain/notification_sender.h"

namespace orderflow::notification {

struct SmtpOptions {
  std::string url;   // smtp://host:port, or smtps://; may hold user:password@
  std::string from;  // envelope sender and From header
  Duration connect_timeout{std::chrono::seconds(3)};
  Duration send_timeout{std::chrono::seconds(10)};  // of one mail, connecting included
};

// Sends e-mail over SMTP with libcurl; keeps its connection between mails.
//
// What an error means follows from how far the mail got: as long as its last byte has not been
// handed to the connection, or when the server has refused it by code, it is certain that nothing
// was delivered. After the last byte and without a final answer it is in doubt. Not threadsafe.
class SmtpSender final : public NotificationSender {
 public:
  explicit SmtpSender(SmtpOptions options);
  ~SmtpSender() override;

  SendResult Send(const Notification& notification) override;

 private:
  struct Connection;

  const SmtpOptions options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace orderflow::notification
