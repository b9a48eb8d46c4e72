#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/mutex.h"

namespace orderflow::testing {

// A mail as the server took it.
struct ReceivedMail {
  std::string sender;
  std::string recipient;
  std::string data;  // headers and body as sent, without the final dot
};

// A mail server on a free loopback port whose behaviour the test decides, mail by mail. One
// connection at a time, as many mails on it as the client likes. Threadsafe.
class SmtpServer {
 public:
  enum class Behaviour {
    kAccept,
    kRecipientLater,    // 451 to RCPT TO
    kRecipientRefused,  // 550 to RCPT TO
    kDataRefused,       // 552 after the mail
    kDataLater,         // 452 after the mail
    kCutBeforeData,     // closes instead of answering DATA
    kTakeThenCut,       // keeps the mail, closes instead of answering: what "in doubt" means
    kLoseThenCut,       // drops the mail, closes instead of answering: the same for the client
  };

  SmtpServer();
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::string url() const;
  // What the next mails meet; afterwards every mail is accepted.
  void Script(std::deque<Behaviour> behaviours);
  // Mails that are in a mailbox, oldest first.
  std::vector<ReceivedMail> mails() const;
  int connections() const;

 private:
  void Serve();
  void Talk(int connection);
  bool TalkAboutMail(int connection, Behaviour behaviour, ReceivedMail& mail,
                     const std::function<bool(std::string&)>& read_line);
  Behaviour NextBehaviour();

  int listener_ = -1;
  int port_ = 0;
  mutable Mutex mutex_;
  std::deque<Behaviour> script_ ABSL_GUARDED_BY(mutex_);
  std::vector<ReceivedMail> mails_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  int open_connection_ ABSL_GUARDED_BY(mutex_) = -1;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace orderflow::testing
