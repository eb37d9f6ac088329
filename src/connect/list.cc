#include "connect/list.h"

#include <array>

#include "connect/cassandra/system.h"
#include "connect/count/count_sink.h"
#include "connect/file/file.h"
#include "connect/home/table.h"
#include "connect/home/topic.h"
#include "connect/http/http.h"
#include "connect/kafka/kafka.h"
#include "connect/registry/registry.h"
#include "connect/webhook/webhook.h"

namespace millrace {

std::span<const SourceComponent> all_sources() {
  static const std::array sources = {kFileSource, kHttpSource, kTopicSource, kWebhookSource};
  return sources;
}

std::span<const SinkComponent> all_sinks() {
  static const std::array sinks = {kFileSink, kTopicSink, kTableSink, kCountSink};
  return sinks;
}

std::span<const SystemComponent> all_systems() {
  static const std::array systems = {kCassandraSystem, kKafkaSystem, kRegistrySystem};
  return systems;
}

Catalog full_catalog() {
  return {.sources = all_sources(),
          .steps = all_steps(),
          .checks = all_checks(),
          .sinks = all_sinks(),
          .systems = all_systems()};
}

}  // namespace millrace
