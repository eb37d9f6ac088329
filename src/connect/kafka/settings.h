#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connect/kafka/client.h"
#include "flow/component.h"
#include "flow/settings.h"

namespace millrace {

// What a profile says of a system of kind `kafka`.
struct KafkaSettings {
  KafkaAccess access;
  int32_t replication = -1;  // of topics that are made; -1: as the brokers have it
  std::string group_prefix;
};

extern const Component kKafkaComponent;

// nullopt after telling what is wrong.
std::optional<KafkaSettings> read_kafka_settings(const std::string& name, const Settings& settings,
                                                 Diagnostics& diagnostics);

}  // namespace millrace
