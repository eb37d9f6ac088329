#include "connect/kafka/settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr std::array<std::string_view, 3> kMechanisms = {"plain", "scram-sha-256", "scram-sha-512"};

constexpr std::array kTlsFields = std::to_array<FieldDescription>({
    {.name = "ca",
     .kind = FieldKind::kText,
     .summary = "A file with the certificates of the authorities that are trusted (PEM); the system's unless said "
                "otherwise.",
     .example = "/etc/kafka/ca.pem"},
    {.name = "certificate",
     .kind = FieldKind::kText,
     .summary = "A file with millrace's own certificate (PEM), for brokers that ask for one.",
     .example = "/etc/kafka/client.pem"},
    {.name = "key",
     .kind = FieldKind::kText,
     .summary = "A file with the key of that certificate (PEM).",
     .example = "/etc/kafka/client.key"},
    {.name = "key_password",
     .kind = FieldKind::kText,
     .summary = "What that key is locked with.",
     .example = "${secret:env:KAFKA_KEY_PASSWORD}",
     .secret = true},
    {.name = "verify",
     .kind = FieldKind::kBool,
     .summary = "Whether a broker must show a certificate of its host name by an authority that is trusted.",
     .default_value = "true",
     .example = "false"},
});

const Component kTlsSetting = {.kind = ComponentKind::kSystem,
                               .name = "tls",
                               .summary = "Connections are encrypted.",
                               .fields = kTlsFields,
                               .example = "{ ca: /etc/kafka/ca.pem }"};

constexpr std::array kSaslFields = std::to_array<FieldDescription>({
    {.name = "mechanism",
     .kind = FieldKind::kChoice,
     .summary = "How the password is shown to the brokers. `plain` sends it as it is: use it with `tls`.",
     .default_value = "plain",
     .example = "scram-sha-512",
     .choices = kMechanisms},
    {.name = "user", .kind = FieldKind::kText, .summary = "Who asks.", .example = "millrace", .required = true},
    {.name = "password",
     .kind = FieldKind::kText,
     .summary = "The password.",
     .example = "${secret:env:KAFKA_PASSWORD}",
     .required = true,
     .secret = true},
});

const Component kSaslSetting = {.kind = ComponentKind::kSystem,
                                .name = "sasl",
                                .summary = "Who millrace is to the brokers.",
                                .fields = kSaslFields,
                                .example = "{ user: millrace, password: \"${secret:env:KAFKA_PASSWORD}\" }"};

const std::array kFields = std::to_array<FieldDescription>({
    {.name = "brokers",
     .kind = FieldKind::kText,
     .summary = "Some of the brokers, host:port with commas between; the others are found out from them.",
     .example = "\"broker1:9092,broker2:9092\"",
     .required = true},
    {.name = "replication",
     .kind = FieldKind::kInteger,
     .summary = "On how many brokers each partition of a topic lies that millrace makes; as the brokers have it unless "
                "said otherwise.",
     .example = "3",
     .min = 1,
     .max = 100},
    {.name = "group_prefix",
     .kind = FieldKind::kText,
     .summary = "What stands in front of \"pipeline.flow\" in the names of consumer groups and transactional ids.",
     .example = "staging."},
    {.name = "tls",
     .kind = FieldKind::kMap,
     .summary = "Encrypted connections: ca, certificate, key, key_password, verify; `{}` for the usual authorities.",
     .example = "{ ca: /etc/kafka/ca.pem }",
     .holds = &kTlsSetting},
    {.name = "sasl",
     .kind = FieldKind::kMap,
     .summary = "Who asks: mechanism (plain, scram-sha-256, scram-sha-512), user, password.",
     .example = "{ mechanism: scram-sha-512, user: millrace, password: \"${secret:env:KAFKA_PASSWORD}\" }",
     .holds = &kSaslSetting},
    {.name = "settings",
     .kind = FieldKind::kMap,
     .summary = "Any other setting of librdkafka, by its own name, for consumers and producers alike.",
     .example = "{ session.timeout.ms: 30000 }"},
});

// Exactly once stands on these.
constexpr std::array<std::string_view, 12> kOwn = {"bootstrap.servers",
                                                   "group.id",
                                                   "transactional.id",
                                                   "enable.idempotence",
                                                   "acks",
                                                   "enable.auto.commit",
                                                   "enable.auto.offset.store",
                                                   "isolation.level",
                                                   "auto.offset.reset",
                                                   "enable.partition.eof",
                                                   "delivery.report.only.error",
                                                   "partition.assignment.strategy"};

KafkaPairs security_of(const Settings& settings) {
  KafkaPairs pairs;
  const bool tls = settings.has("tls");
  const bool sasl = settings.has("sasl");
  if (tls || sasl) {
    pairs.emplace_back("security.protocol", tls ? (sasl ? "sasl_ssl" : "ssl") : "sasl_plaintext");
  }
  if (tls) {
    const Settings given = settings.map("tls");
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames = {
        {{"ca", "ssl.ca.location"},
         {"certificate", "ssl.certificate.location"},
         {"key", "ssl.key.location"},
         {"key_password", "ssl.key.password"}}};
    for (const auto& [ours, theirs] : kNames) {
      if (given.has(ours)) pairs.emplace_back(theirs, given.text(ours));
    }
    if (!given.flag("verify")) {
      pairs.emplace_back("enable.ssl.certificate.verification", "false");
      pairs.emplace_back("ssl.endpoint.identification.algorithm", "none");
    }
  }
  if (sasl) {
    const Settings given = settings.map("sasl");
    std::string mechanism = given.text("mechanism");
    std::transform(mechanism.begin(), mechanism.end(), mechanism.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    pairs.emplace_back("sasl.mechanism", std::move(mechanism));
    pairs.emplace_back("sasl.username", given.text("user"));
    pairs.emplace_back("sasl.password", given.text("password"));
  }
  return pairs;
}

void read_others(const Node& others, KafkaPairs& pairs, Diagnostics& diagnostics) {
  if (!others.is_map()) {
    diagnostics.error(others.place, "'settings' of kafka is a map of librdkafka's names to values",
                      "for example settings: { session.timeout.ms: 30000 }");
    return;
  }
  for (const auto& [name, value] : others.entries) {
    if (std::find(kOwn.begin(), kOwn.end(), name.text) != kOwn.end()) {
      diagnostics.error(name.place, fmt::format("'{}' is set by millrace", name.text),
                        "that a record is there once stands on it");
      continue;
    }
    if (!value.is_scalar()) {
      diagnostics.error(value.place, fmt::format("'{}' is one value", name.text), "write it as a text");
      continue;
    }
    if (const auto status = check_kafka_setting(name.text, value.text); !status.ok()) {
      // librdkafka repeats values.
      diagnostics.error(value.secret ? value.place : name.place,
                        value.secret ? fmt::format("'{}' does not take this value", name.text)
                                     : fmt::format("librdkafka: {}", status.error().message()),
                        "its file CONFIGURATION.md lists them all");
      continue;
    }
    pairs.emplace_back(name.text, value.text);
  }
}

}  // namespace

const Component kKafkaComponent = {
    .kind = ComponentKind::kSystem,
    .name = "kafka",
    .summary = "A Kafka cluster: keeps topics, and what flows commit with them.",
    .details =
        "What a flow writes to topics, its quarantined records, how far it has read and its books are one transaction "
        "of Kafka. Workers of a flow are a consumer group, \"pipeline.flow\": start as many as there are partitions. "
        "Topics that are not there are made when a flow starts. Brokers forget how far a group has got that has had no "
        "member for offsets.retention.minutes, seven days unless set: a flow that was away for longer begins anew.",
    .shorthand = "brokers",
    .fields = kFields,
    .example = "kafka: { brokers: \"broker1:9092,broker2:9092\", replication: 3 }"};

std::optional<KafkaSettings> read_kafka_settings(const std::string& name, const Settings& settings,
                                                 Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  KafkaSettings read{.access = {.name = name, .brokers = settings.text("brokers"), .pairs = security_of(settings)}};
  if (settings.has("replication")) read.replication = static_cast<int32_t>(settings.integer("replication"));
  if (settings.has("group_prefix")) read.group_prefix = settings.text("group_prefix");
  if (settings.has("settings")) read_others(settings.node("settings"), read.access.pairs, diagnostics);
  if (diagnostics.errors() != errors_before) return std::nullopt;
  return read;
}

}  // namespace millrace
