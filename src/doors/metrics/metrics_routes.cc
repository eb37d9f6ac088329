#include "doors/metrics/metrics_routes.h"

#include <array>
#include <functional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/metrics/process_figures.h"

namespace millrace {
namespace {

constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

struct Outcome {
  std::string_view name;
  uint64_t Ledger::*count;
};
constexpr std::array kOutcomes = std::to_array<Outcome>({{"read", &Ledger::read},
                                                         {"made", &Ledger::made},
                                                         {"written", &Ledger::written},
                                                         {"filtered", &Ledger::filtered},
                                                         {"dropped", &Ledger::dropped},
                                                         {"duplicate", &Ledger::duplicate},
                                                         {"quarantined", &Ledger::quarantined},
                                                         {"held", &Ledger::held}});

constexpr std::array kStates = {FlowState::kStarting, FlowState::kRunning, FlowState::kWaiting, FlowState::kRetrying,
                                FlowState::kIdle,     FlowState::kPaused,  FlowState::kEnded,   FlowState::kFailed};

MetricLabels labels_of(const FlowStatus& flow) { return {{"pipeline", flow.pipeline}, {"flow", flow.flow}}; }

MetricLabels with(MetricLabels labels, std::string_view name, std::string value) {
  labels.push_back({name, std::move(value)});
  return labels;
}

void put_flows(const std::vector<FlowStatus>& flows, MetricsText& text) {
  text.family("millrace_records_total", MetricKind::kCounter,
              "Records of a flow by what became of them, as committed, since its books began.");
  for (const FlowStatus& flow : flows) {
    for (const auto& [outcome, count] : kOutcomes) {
      text.sample(with(labels_of(flow), "outcome", std::string(outcome)), flow.ledger.*count);
    }
  }
  text.family("millrace_check_failures_total", MetricKind::kCounter, "Records that did not pass a check.");
  for (const FlowStatus& flow : flows) {
    for (size_t i = 0; i < flow.checks.size(); ++i) {
      text.sample(with(labels_of(flow), "check", flow.check_names[i]), flow.checks[i].failed);
    }
  }
  text.family("millrace_lag_records", MetricKind::kGauge, "Records of a partition that a flow has yet to read.");
  for (const FlowStatus& flow : flows) {
    for (const PartitionLag& lag : flow.lag) {
      const MetricLabels labels = with(labels_of(flow), "topic", lag.topic);
      text.sample(with(labels, "partition", fmt::format("{}", lag.partition)), static_cast<double>(lag.records()));
    }
  }
  text.family("millrace_flow_state", MetricKind::kGauge, "1 for the state that a flow is in.");
  for (const FlowStatus& flow : flows) {
    for (const FlowState state : kStates) {
      text.sample(with(labels_of(flow), "state", std::string(flow_state_name(state))), state == flow.state ? 1.0 : 0.0);
    }
  }
}

void put_topics(Home& home, MetricsText& text) {
  struct Figure {
    std::string_view name, help;
    std::function<double(const PartitionDescription&)> value;
  };
  const std::array figures = std::to_array<Figure>({
      {"millrace_topic_bytes", "Size of a partition's segments.",
       [](const PartitionDescription& one) { return static_cast<double>(one.bytes); }},
      {"millrace_topic_end_offset", "One beyond the newest offset of a partition.",
       [](const PartitionDescription& one) { return static_cast<double>(one.high_water_mark); }},
      {"millrace_topic_start_offset", "The oldest offset of a partition that is still there.",
       [](const PartitionDescription& one) { return static_cast<double>(one.log_start); }},
      {"millrace_topic_alarm", "1 when something is wrong with a partition.",
       [](const PartitionDescription& one) { return one.alarm.empty() ? 0.0 : 1.0; }},
  });
  std::vector<TopicDescription> topics;
  for (const std::string& name : home.topics().topics()) {
    if (auto topic = home.topics().describe(name); topic.ok()) topics.push_back(std::move(*topic));
  }
  for (const Figure& figure : figures) {
    text.family(figure.name, MetricKind::kGauge, figure.help);
    for (const TopicDescription& topic : topics) {
      for (size_t i = 0; i < topic.partitions.size(); ++i) {
        text.sample({{"topic", topic.name}, {"partition", fmt::format("{}", i)}}, figure.value(topic.partitions[i]));
      }
    }
  }
}

void put_tables(Home& home, MetricsText& text) {
  std::vector<std::pair<std::string, TableStats>> tables;
  for (const TableRef& table : home.tables().tables()) {
    const auto stats = home.tables().stats(table);
    if (stats.ok()) tables.emplace_back(fmt::format("{}.{}", table->keyspace, table->name), *stats);
  }
  text.family("millrace_table_bytes", MetricKind::kGauge, "Size of a table on the disk.");
  for (const auto& [name, stats] : tables) text.sample({{"table", name}}, static_cast<double>(stats.bytes));
  text.family("millrace_table_rows", MetricKind::kGauge, "Rows of a table, about.");
  for (const auto& [name, stats] : tables) text.sample({{"table", name}}, static_cast<double>(stats.rows_estimate));
}

void put_process(MetricsText& text) {
  const ProcessFigures now = process_figures();
  const auto put = [&](std::string_view name, MetricKind kind, std::string_view help, double value) {
    text.family(name, kind, help);
    text.sample({}, value);
  };
  put("process_cpu_seconds_total", MetricKind::kCounter, "CPU time of all threads.", now.cpu_seconds);
  put("process_resident_memory_bytes", MetricKind::kGauge, "Resident memory.", static_cast<double>(now.resident_bytes));
  put("process_resident_memory_max_bytes", MetricKind::kGauge, "Resident memory at its highest.",
      static_cast<double>(now.resident_bytes_max));
  put("process_threads", MetricKind::kGauge, "Threads.", static_cast<double>(now.threads));
  put("process_open_fds", MetricKind::kGauge, "Open files and sockets.", static_cast<double>(now.open_files));
  if (now.read_bytes) {
    put("process_disk_read_bytes_total", MetricKind::kCounter, "Read from disks.",
        static_cast<double>(*now.read_bytes));
  }
  if (now.written_bytes) {
    put("process_disk_written_bytes_total", MetricKind::kCounter, "Written to disks.",
        static_cast<double>(*now.written_bytes));
  }
}

void put_host(std::string_view directory, MetricsText& text) {
  const HostFigures now = host_figures(directory);
  const auto put = [&](std::string_view name, MetricKind kind, std::string_view help, double value) {
    text.family(name, kind, help);
    text.sample({}, value);
  };
  text.family("host_cpu_seconds_total", MetricKind::kCounter, "Time of all cores.");
  text.sample({{"mode", "busy"}}, now.cpu_busy_seconds);
  text.sample({{"mode", "idle"}}, now.cpu_idle_seconds);
  put("host_load1", MetricKind::kGauge, "Load average of one minute.", now.load_1m);
  put("host_memory_bytes", MetricKind::kGauge, "Memory.", static_cast<double>(now.memory_bytes));
  put("host_memory_available_bytes", MetricKind::kGauge, "Memory that can be had.",
      static_cast<double>(now.memory_available_bytes));
  text.family("host_network_bytes_total", MetricKind::kCounter, "Over all networks but the loopback.");
  text.sample({{"direction", "received"}}, now.network_received_bytes);
  text.sample({{"direction", "sent"}}, now.network_sent_bytes);
  if (now.disk_bytes && now.disk_free_bytes) {
    put("host_disk_bytes", MetricKind::kGauge, "Size of the disk that the data directory is on.",
        static_cast<double>(*now.disk_bytes));
    put("host_disk_free_bytes", MetricKind::kGauge, "What is free of it.", static_cast<double>(*now.disk_free_bytes));
  }
}

HttpAnswer health(const MetricsRoom& room) {
  const Status usable = room.home.topics().usable();
  if (!usable.ok()) return error_answer(503, usable.error().message());
  return {.content_type = "text/plain", .body = "ok\n"};
}

HttpAnswer readiness(const MetricsRoom& room) {
  std::vector<std::string> starting;
  for (const FlowStatus& flow : room.host.status()) {
    if (flow.state == FlowState::kStarting) starting.push_back(flow.name());
  }
  if (starting.empty()) return {.content_type = "text/plain", .body = "ready\n"};
  return error_answer(503, fmt::format("not started yet: {}", fmt::join(starting, ", ")));
}

}  // namespace

std::string metrics_text(const MetricsRoom& room) {
  MetricsText text;
  put_flows(room.host.status(), text);
  put_topics(room.home, text);
  put_tables(room.home, text);
  room.metrics.write(text);
  put_process(text);
  put_host(room.home.directory(), text);
  return text.text();
}

void add_metrics_routes(Router& router, const MetricsRoom& room) {
  router.add("GET", "/metrics", [room](const IncomingRequest&, std::unique_ptr<HttpReply> reply) {
    reply->send({.content_type = std::string(kContentType), .body = metrics_text(room)});
  });
  router.add("GET", "/healthz",
             [room](const IncomingRequest&, std::unique_ptr<HttpReply> reply) { reply->send(health(room)); });
  router.add("GET", "/readyz",
             [room](const IncomingRequest&, std::unique_ptr<HttpReply> reply) { reply->send(readiness(room)); });
}

}  // namespace millrace
