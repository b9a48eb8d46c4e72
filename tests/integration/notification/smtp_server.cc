#include "tests/integration/notification/smtp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"
#include "libs/testing/loopback.h"

namespace orderflow::testing {
namespace {

bool Say(int connection, const std::string& line) {
  const std::string text = line + "\r\n";
  return send(connection, text.data(), text.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(text.size());
}

// Lines of one connection, without their CRLF.
class LineReader {
 public:
  explicit LineReader(int connection) : connection_(connection) {}

  bool Read(std::string& line) {
    size_t end = buffer_.find("\r\n");
    while (end == std::string::npos) {
      char bytes[4096];
      const ssize_t count = recv(connection_, bytes, sizeof(bytes), 0);
      if (count <= 0) {
        return false;
      }
      buffer_.append(bytes, static_cast<size_t>(count));
      end = buffer_.find("\r\n");
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }

 private:
  const int connection_;
  std::string buffer_;
};

std::string Between(const std::string& line, char open, char close) {
  const size_t begin = line.find(open);
  const size_t end = line.rfind(close);
  return begin == std::string::npos || end <= begin ? "" : line.substr(begin + 1, end - begin - 1);
}

}  // namespace

SmtpServer::SmtpServer() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = orderflow::testing::Loopback(0);
  socklen_t size = sizeof(address);
  INVARIANT(listener_ >= 0 &&
                bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                listen(listener_, 16) == 0 &&
                getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "a free loopback port can be listened on");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this]() { Serve(); });
}

SmtpServer::~SmtpServer() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (open_connection_ >= 0) {
      shutdown(open_connection_, SHUT_RDWR);
    }
  }
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string SmtpServer::url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }

void SmtpServer::Script(std::deque<Behaviour> behaviours) {
  MutexLock lock(mutex_);
  script_ = std::move(behaviours);
}

std::vector<ReceivedMail> SmtpServer::mails() const {
  MutexLock lock(mutex_);
  return mails_;
}

int SmtpServer::connections() const {
  MutexLock lock(mutex_);
  return connections_;
}

SmtpServer::Behaviour SmtpServer::NextBehaviour() {
  MutexLock lock(mutex_);
  if (script_.empty()) {
    return Behaviour::kAccept;
  }
  const Behaviour next = script_.front();
  script_.pop_front();
  return next;
}

void SmtpServer::Serve() {
  while (true) {
    const int connection = accept(listener_, nullptr, nullptr);
    {
      MutexLock lock(mutex_);
      if (connection < 0 || stopping_) {
        if (connection >= 0) {
          close(connection);
        }
        return;
      }
      ++connections_;
      open_connection_ = connection;
    }
    Talk(connection);
    MutexLock lock(mutex_);
    open_connection_ = -1;
    close(connection);
  }
}

void SmtpServer::Talk(int connection) {
  LineReader reader(connection);
  const auto read_line = [&reader](std::string& line) { return reader.Read(line); };
  Behaviour behaviour = Behaviour::kAccept;
  ReceivedMail mail;
  std::string line;
  bool talking = Say(connection, "220 test");
  while (talking && reader.Read(line)) {
    const std::string verb = line.substr(0, 4);
    if (verb == "EHLO" || verb == "HELO" || verb == "RSET") {
      talking = Say(connection, "250 hello");
    } else if (verb == "MAIL") {
      behaviour = NextBehaviour();
      mail = {.sender = Between(line, '<', '>'), .recipient = {}, .data = {}};
      talking = Say(connection, "250 go on");
    } else if (verb == "RCPT") {
      mail.recipient = Between(line, '<', '>');
      const char* answer = behaviour == Behaviour::kRecipientLater     ? "451 later"
                           : behaviour == Behaviour::kRecipientRefused ? "550 no such mailbox"
                                                                       : "250 go on";
      talking = Say(connection, answer);
    } else if (verb == "DATA") {
      talking = behaviour != Behaviour::kCutBeforeData &&
                TalkAboutMail(connection, behaviour, mail, read_line);
    } else {
      Say(connection, "221 bye");
      talking = false;
    }
  }
}

bool SmtpServer::TalkAboutMail(int connection, Behaviour behaviour, ReceivedMail& mail,
                               const std::function<bool(std::string&)>& read_line) {
  std::string line;
  if (!Say(connection, "354 send it")) {
    return false;
  }
  while (read_line(line) && line != ".") {
    mail.data += line + "\r\n";
  }
  if (line != ".") {
    return false;
  }
  if (behaviour == Behaviour::kDataRefused) {
    return Say(connection, "552 too large");
  }
  if (behaviour == Behaviour::kDataLater) {
    return Say(connection, "452 disk full");
  }
  if (behaviour != Behaviour::kLoseThenCut) {
    MutexLock lock(mutex_);
    mails_.push_back(mail);
  }
  return behaviour == Behaviour::kAccept && Say(connection, "250 taken");
}

}  // namespace orderflow::testing
