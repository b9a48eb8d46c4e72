// Proves, against a real server on the loopback address, that every span is exported or counted,
// whatever the collector does: down, slow, busy, wrong; and that stopping is bounded.
#include "libs/tracing/span_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/tracer.h"
#include "libs/testing/certificates.h"
#include "libs/testing/eventually.h"

namespace orderflow::tracing {
namespace {

using ::orderflow::testing::CertificateAuthority;
using ::orderflow::testing::Eventually;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::UnorderedElementsAre;

constexpr seconds kSoon{20};

// Keeps the names of the spans that it was sent. `answer_` decides how the nth request, from 1, is
// answered.
class Collector {
 public:
  using Answer = std::function<void(int request, httplib::Response& response)>;

  explicit Collector(
      Answer answer = [](int, httplib::Response&) {}, int port = 0)
      : answer_(std::move(answer)) {
    server_.Post("/v1/traces",
                 [this](const httplib::Request& request, httplib::Response& response) {
                   const int number = ++requests_;
                   response.status = 200;
                   response.set_content("{}", "application/json");
                   answer_(number, response);
                   if (response.status == 200) {
                     Take(request.body);
                   }
                 });
    server_.set_keep_alive_max_count(1);  // else stop waits for the exporter's idle connection
    port_ = port == 0 ? server_.bind_to_any_port("127.0.0.1") : port;
    if (port != 0) {
      EXPECT_TRUE(server_.bind_to_port("127.0.0.1", port));
    }
    listener_ = std::thread([this] { server_.listen_after_bind(); });
    EXPECT_TRUE(Eventually([this] { return server_.is_running(); }, kSoon));
  }
  ~Collector() {
    server_.stop();
    listener_.join();
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    return names_;
  }
  int requests() const { return requests_.load(); }
  int port() const { return port_; }

 private:
  void Take(const std::string& body) {
    const std::lock_guard lock(mutex_);
    const auto parsed = nlohmann::json::parse(body);
    for (const auto& span : parsed["resourceSpans"][0]["scopeSpans"][0]["spans"]) {
      names_.push_back(span["name"]);
    }
  }

  Answer answer_;
  httplib::Server server_;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
  std::thread listener_;
};

class SpanExporterTest : public ::testing::Test {
 protected:
  void Start(const std::string& url, const std::function<void(ExporterOptions&)>& change = {}) {
    ExporterOptions options{.collector = {.url = url,
                                          .headers_file = "",
                                          .authorities_file = "",
                                          .timeout = seconds(5)},
                            .resource = {.service = "s", .instance = "i", .version = "v"},
                            .gather_time = milliseconds(10),
                            .backoff = {.initial = milliseconds(10), .max = milliseconds(50)}};
    if (change) {
      change(options);
    }
    exporter_ = std::make_unique<SpanExporter>(tracer_, metrics_, std::move(options));
    exporter_->Start();
  }
  void Start(const Collector& collector, const std::function<void(ExporterOptions&)>& change = {}) {
    Start(fmt::format("http://127.0.0.1:{}/v1/traces", collector.port()), change);
  }
  void Record(const std::string& name) {
    tracer_.Record({.name = name,
                    .context = telemetry::NewTrace(),
                    .parent_span_id = "",
                    .start = {},
                    .end = {}});
  }
  bool Shows(const std::string& series) {
    return Eventually([&] { return metrics_.Expose().find(series + "\n") != std::string::npos; },
                      kSoon);
  }

  telemetry::Metrics metrics_;
  telemetry::Tracer tracer_{metrics_, {.enabled = true, .sample_ratio = 1, .queue_max = 4}};
  std::unique_ptr<SpanExporter> exporter_;
};

TEST_F(SpanExporterTest, ExportsWhatWasRecorded) {
  Collector collector;
  Start(collector);

  Record("a");
  Record("b");

  EXPECT_TRUE(Shows("orderflow_trace_exported_spans_total 2"));
  EXPECT_THAT(collector.names(), UnorderedElementsAre("a", "b"));
}

TEST_F(SpanExporterTest, StopSendsWhatWaits) {
  Collector collector;
  Start(collector, [](ExporterOptions& options) { options.gather_time = seconds(60); });
  Record("a");

  exporter_->Stop(seconds(5));

  EXPECT_THAT(collector.names(), UnorderedElementsAre("a"));
}

TEST_F(SpanExporterTest, TriesAgainWhenTheCollectorIsBusyAsLongAsItAsks) {
  Collector collector([](int request, httplib::Response& response) {
    if (request == 1) {
      response.status = 503;
      response.set_header("Retry-After", "1");
    }
  });
  Start(collector);
  const auto start = std::chrono::steady_clock::now();

  Record("a");

  EXPECT_TRUE(Shows("orderflow_trace_exported_spans_total 1"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, seconds(1));
  EXPECT_EQ(collector.requests(), 2);
  EXPECT_TRUE(Shows("orderflow_trace_export_failures_total{reason=\"status\"} 1"));
  EXPECT_TRUE(Shows("orderflow_trace_dropped_spans_total{reason=\"not_exported\"} 0"));
}

TEST_F(SpanExporterTest, ACollectorThatComesBackGetsWhatTheQueueHeld) {
  int port = 0;
  { port = Collector().port(); }
  Start(fmt::format("http://127.0.0.1:{}/v1/traces", port),
        [](ExporterOptions& options) { options.attempts_max = 1'000; });
  Record("a");
  ASSERT_TRUE(Eventually([&] { return tracer_.waiting() == 0; }, kSoon));  // it is being tried
  Record("b");

  const Collector collector([](int, httplib::Response&) {}, port);

  EXPECT_TRUE(Shows("orderflow_trace_exported_spans_total 2"));
  EXPECT_THAT(collector.names(), UnorderedElementsAre("a", "b"));
}

TEST_F(SpanExporterTest, GivesUpOnACollectorThatIsDownAndCountsTheSpans) {
  int port = 0;
  { port = Collector().port(); }
  Start(fmt::format("http://127.0.0.1:{}/v1/traces", port),
        [](ExporterOptions& options) { options.attempts_max = 3; });

  Record("a");

  EXPECT_TRUE(Shows("orderflow_trace_dropped_spans_total{reason=\"not_exported\"} 1"));
  EXPECT_TRUE(Shows("orderflow_trace_export_failures_total{reason=\"unreachable\"} 3"));
}

TEST_F(SpanExporterTest, ASlowCollectorHoldsUpNobodyAndStopIsBounded) {
  std::atomic<bool> end = false;
  Collector collector([&end](int, httplib::Response&) {
    EXPECT_TRUE(Eventually([&end] { return end.load(); }, kSoon));
  });
  Start(collector, [](ExporterOptions& options) { options.collector.timeout = seconds(60); });
  Record("a");
  ASSERT_TRUE(Eventually([&] { return collector.requests() == 1; }, kSoon));

  for (const char* name : {"b", "c", "d", "e", "f"}) {
    Record(name);  // the queue holds four
  }
  const auto start = std::chrono::steady_clock::now();
  exporter_->Stop(milliseconds(200));
  const auto stopping = std::chrono::steady_clock::now() - start;
  end.store(true);

  EXPECT_LT(stopping, seconds(5));
  EXPECT_TRUE(Shows("orderflow_trace_dropped_spans_total{reason=\"queue_full\"} 1"));
  EXPECT_TRUE(Shows("orderflow_trace_dropped_spans_total{reason=\"not_exported\"} 5"));
}

TEST_F(SpanExporterTest, ATimeOutIsTriedAgain) {
  std::atomic<bool> end = false;
  Collector collector([&end](int request, httplib::Response& response) {
    if (request == 1) {
      response.status = 500;  // so that it keeps nothing
      EXPECT_TRUE(Eventually([&end] { return end.load(); }, kSoon));
    }
  });
  Start(collector, [](ExporterOptions& options) { options.collector.timeout = milliseconds(300); });

  Record("a");

  EXPECT_TRUE(Shows("orderflow_trace_exported_spans_total 1"));
  EXPECT_TRUE(Shows("orderflow_trace_export_failures_total{reason=\"timeout\"} 1"));
  end.store(true);
}

TEST_F(SpanExporterTest, WhoIsNoCollectorOrRefusesIsNotAskedAgain) {
  Collector collector([](int request, httplib::Response& response) {
    if (request == 1) {
      response.set_content("<html>welcome</html>", "text/html");
      response.status = 200;
    } else {
      response.status = 400;
    }
  });
  Start(fmt::format("http://127.0.0.1:{}/v1/traces", collector.port()));

  Record("a");
  EXPECT_TRUE(Shows("orderflow_trace_export_failures_total{reason=\"answer\"} 1"));
  Record("b");

  EXPECT_TRUE(Shows("orderflow_trace_export_failures_total{reason=\"status\"} 1"));
  EXPECT_TRUE(Shows("orderflow_trace_dropped_spans_total{reason=\"not_exported\"} 2"));
  EXPECT_EQ(collector.requests(), 2);
}

TEST_F(SpanExporterTest, CountsWhatTheCollectorDidNotTake) {
  Collector collector([](int, httplib::Response& response) {
    response.set_content(R"({"partialSuccess": {"rejectedSpans": "1"}})", "application/json");
  });
  Start(collector, [](ExporterOptions& options) { options.gather_time = seconds(60); });
  Record("a");
  Record("b");

  exporter_->Stop(seconds(5));

  EXPECT_TRUE(Shows("orderflow_trace_dropped_spans_total{reason=\"refused\"} 1"));
  EXPECT_TRUE(Shows("orderflow_trace_exported_spans_total 1"));
}

TEST_F(SpanExporterTest, SendsTheHeadersOfTheFileOverTls) {
  CertificateAuthority authority;
  const auto own = authority.Issue({.name = "collector", .alt_names = {"IP:127.0.0.1"}});
  httplib::SSLServer server(own.certificate.c_str(), own.private_key.c_str());
  std::string authorization;
  server.Post("/v1/traces", [&](const httplib::Request& request, httplib::Response& response) {
    authorization = request.get_header_value("Authorization");
    response.set_content("{}", "application/json");
  });
  server.set_keep_alive_max_count(1);
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread listener([&] { server.listen_after_bind(); });
  ASSERT_TRUE(Eventually([&] { return server.is_running(); }, kSoon));
  const std::string headers = authority.certificate() + ".headers";
  std::ofstream(headers) << "Authorization: Bearer secret\n";

  Start(fmt::format("https://127.0.0.1:{}/v1/traces", port), [&](ExporterOptions& options) {
    options.collector.headers_file = headers;
    options.collector.authorities_file = authority.certificate();
  });
  Record("a");

  EXPECT_TRUE(Shows("orderflow_trace_exported_spans_total 1"));
  EXPECT_EQ(authorization, "Bearer secret");
  server.stop();
  listener.join();
}

TEST_F(SpanExporterTest, WithoutItsHeadersNothingIsSent) {
  Collector collector;
  Start(collector, [](ExporterOptions& options) {
    options.collector.headers_file = "/nowhere/headers";
    options.attempts_max = 1;
  });

  Record("a");

  EXPECT_TRUE(Shows("orderflow_trace_export_failures_total{reason=\"settings\"} 1"));
  EXPECT_EQ(collector.requests(), 0);
}

}  // namespace
}  // namespace orderflow::tracing
