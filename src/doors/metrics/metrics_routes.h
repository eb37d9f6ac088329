#pragma once

#include <string>

#include "base/metrics.h"
#include "connect/home/home.h"
#include "host/host.h"
#include "wire/http/router.h"

namespace millrace {

// What is told. All of it is thread-safe, and outlives the server.
struct MetricsRoom {
  Home& home;
  const Host& host;
  const Metrics& metrics;  // what is counted on the way
};

// GET /metrics: all figures as Prometheus reads them. /healthz: 200 as long as the process can do its work, else 503
// and why. /readyz: 200 once every flow has started, else 503 and which have not.
void add_metrics_routes(Router& router, const MetricsRoom& room);

std::string metrics_text(const MetricsRoom& room);

}  // namespace millrace
