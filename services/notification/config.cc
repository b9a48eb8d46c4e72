#include "services/notification/config.h"

#include "fmt/format.h"
#include "libs/base/validation.h"
#include "libs/config/settings.h"

namespace orderflow::notification {

NotificationServiceConfig DeclareNotificationService(config::Settings& settings) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  NotificationServiceConfig config;
  config.smtp_url = settings.Secret(
      "ORDERFLOW_SMTP_URL",
      "The mail server: smtp://host:port or smtps://host:port, with user:password@ before the host "
      "when it wants a login. A login is sent encrypted only (smtps or STARTTLS).",
      "smtp://127.0.0.1:11025");
  config.smtp_from = settings.String("ORDERFLOW_SMTP_FROM", "Sender address of every mail.",
                                     "orders@orderflow.example");
  settings.Require(IsEmail(config.smtp_from),
                   fmt::format("ORDERFLOW_SMTP_FROM=\"{}\" {}", config.smtp_from, kEmailRule));
  config.mails_per_second_max = static_cast<int>(settings.Int(
      "ORDERFLOW_MAILS_PER_SECOND_MAX", "Most mails per second, retries included.", 50, 1, 10000));
  config.attempts_max = static_cast<int>(settings.Int(
      "ORDERFLOW_NOTIFICATION_ATTEMPTS_MAX", "Tries before a notification is parked.", 10, 1, 100));
  config.retry_delay =
      settings.Milliseconds("ORDERFLOW_NOTIFICATION_RETRY_DELAY_MS",
                            "Longest wait before the second try; doubled for each further one.",
                            seconds(2), milliseconds(10), minutes(10));
  config.retry_delay_max = settings.Milliseconds("ORDERFLOW_NOTIFICATION_RETRY_DELAY_MAX_MS",
                                                 "Longest wait between two tries.", minutes(10),
                                                 milliseconds(10), hours(24));
  settings.Require(config.retry_delay <= config.retry_delay_max,
                   "ORDERFLOW_NOTIFICATION_RETRY_DELAY_MS must not be above "
                   "ORDERFLOW_NOTIFICATION_RETRY_DELAY_MAX_MS");
  config.abandoned_age = settings.Milliseconds(
      "ORDERFLOW_NOTIFICATION_ABANDONED_AGE_MS",
      "A try without an outcome for so long is parked as possibly delivered: its sender is dead.",
      minutes(2), seconds(20), hours(1));
  config.batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_NOTIFICATION_BATCH_MAX", "Most order events per transaction.", 256, 1, 1024));
  return config;
}

}  // namespace orderflow::notification
