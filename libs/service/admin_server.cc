#include "libs/service/admin_server.h"

#include "libs/service/readiness.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::service {
namespace {

constexpr int kHttpUnavailable = 503;
constexpr char kPlainText[] = "text/plain; charset=utf-8";
constexpr char kMetricsText[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

AdminServer::AdminServer(telemetry::Metrics& metrics, const Readiness& readiness)
    : process_metrics_(metrics, readiness), http_(HttpServerOptions{}) {
  http_.Get("/metrics", [this, &metrics](const HttpRequest&) {
    process_metrics_.Update();
    return HttpAnswer{.body = metrics.Expose(), .content_type = kMetricsText};
  });
  http_.Get("/livez", [](const HttpRequest&) {
    return HttpAnswer{.body = "ok\n", .content_type = kPlainText};
  });
  http_.Get("/readyz", [&readiness](const HttpRequest&) {
    const std::string reasons = readiness.Reasons();
    return reasons.empty()
               ? HttpAnswer{.body = "ok\n", .content_type = kPlainText}
               : HttpAnswer{
                     .status = kHttpUnavailable, .body = reasons, .content_type = kPlainText};
  });
}

}  // namespace orderflow::service
