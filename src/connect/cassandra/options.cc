#include "connect/cassandra/options.h"

#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr int kReplicationMax = 100;

constexpr std::array kTlsFields = std::to_array<FieldDescription>({
    {.name = "ca",
     .kind = FieldKind::kText,
     .summary = "File with the certificates of the authorities that are trusted; the system's unless said otherwise.",
     .example = "/etc/ssl/cassandra-ca.pem"},
    {.name = "certificate",
     .kind = FieldKind::kText,
     .summary = "File with our own certificate, where the servers ask for one.",
     .example = "/etc/ssl/millrace.pem"},
    {.name = "key",
     .kind = FieldKind::kText,
     .summary = "File with our certificate's key.",
     .example = "/etc/ssl/millrace.key"},
    {.name = "verify",
     .kind = FieldKind::kBool,
     .summary = "Whether a server's certificate has to be good, and for the host that is asked.",
     .default_value = "true"},
});

constexpr Component kTlsComponent = {.kind = ComponentKind::kSystem,
                                     .name = "tls",
                                     .summary = "Connections are encrypted.",
                                     .shorthand = "",
                                     .fields = kTlsFields,
                                     .example = "tls: { ca: ca.pem }"};

constexpr std::array<std::string_view, 9> kConsistencies = {"any", "one",          "two",         "three",    "quorum",
                                                            "all", "local_quorum", "each_quorum", "local_one"};
constexpr std::array<std::string_view, 2> kCompressions = {"none", "lz4"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "hosts",
     .kind = FieldKind::kTexts,
     .summary = "Some of the cluster's nodes, with a port where it is not `port`; the others are learned from them.",
     .example = "[10.0.0.1, 10.0.0.2]",
     .required = true},
    {.name = "port",
     .kind = FieldKind::kInteger,
     .summary = "The port of CQL clients.",
     .default_value = "9042",
     .min = 1,
     .max = UINT16_MAX},
    {.name = "datacenter",
     .kind = FieldKind::kText,
     .summary = "Whose nodes are asked; that of the first host that answers, unless said otherwise.",
     .example = "dc1"},
    {.name = "replication",
     .kind = FieldKind::kMap,
     .summary = "How often each row is kept in keyspaces that are created: a number, or one for each datacentre.",
     .example = "{ dc1: 3, dc2: 2 }"},
    {.name = "create",
     .kind = FieldKind::kBool,
     .summary = "Whether keyspaces and tables that are missing are created; nothing is ever altered or dropped.",
     .default_value = "true"},
    {.name = "consistency",
     .kind = FieldKind::kChoice,
     .summary = "How many replicas must have a row before it counts as written.",
     .default_value = "local_quorum",
     .choices = kConsistencies},
    {.name = "user", .kind = FieldKind::kText, .summary = "Who logs in, by PasswordAuthenticator.", .example = "mill"},
    {.name = "password",
     .kind = FieldKind::kText,
     .summary = "The user's password.",
     .example = "${secret:file:/run/cassandra}",
     .secret = true},
    {.name = "tls",
     .kind = FieldKind::kMap,
     .summary = "Encrypts the connections, `{}` with what the system trusts.",
     .example = "{ ca: ca.pem }",
     .holds = &kTlsComponent},
    {.name = "compression",
     .kind = FieldKind::kChoice,
     .summary = "How what travels is compressed.",
     .default_value = "none",
     .choices = kCompressions},
    {.name = "connections",
     .kind = FieldKind::kInteger,
     .summary = "Connections to each node.",
     .default_value = "2",
     .min = 1,
     .max = 64},
    {.name = "in_flight",
     .kind = FieldKind::kInteger,
     .summary = "Rows on their way to one node at once, at most; fewer while it is slow or overloaded.",
     .default_value = "1024",
     .min = 1,
     .max = 16'384},
});

// "10.0.0.1", "10.0.0.1:9042", "[::1]:9042", "::1".
std::optional<cql::Endpoint> endpoint_of(std::string_view text, uint16_t port) {
  cql::Endpoint endpoint{.port = port};
  std::string_view port_text;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    endpoint.host = text.substr(1, end - 1);
    port_text = text.substr(end + 1);
    if (!port_text.empty() && !port_text.starts_with(':')) return std::nullopt;
  } else {
    const size_t colon = text.find(':');
    const bool is_v6 = colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos;
    endpoint.host = is_v6 ? text : text.substr(0, colon);
    if (!is_v6 && colon != std::string_view::npos) port_text = text.substr(colon);
  }
  if (!port_text.empty()) {
    port_text.remove_prefix(1);
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), endpoint.port);
    if (error != std::errc() || end != port_text.data() + port_text.size() || endpoint.port == 0) return std::nullopt;
  }
  return endpoint.host.empty() ? std::nullopt : std::optional(std::move(endpoint));
}

std::optional<int> factor_of(const Node& node, Diagnostics& diagnostics) {
  int factor = 0;
  const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), factor);
  const bool whole = node.is_scalar() && error == std::errc() && end == node.text.data() + node.text.size();
  if (whole && factor >= 1 && factor <= kReplicationMax) return factor;
  diagnostics.error(node.place,
                    fmt::format("'replication' is a number from 1 to {}, or one for each datacentre", kReplicationMax),
                    "for example replication: 3, or replication: { dc1: 3, dc2: 2 }");
  return std::nullopt;
}

KeyspaceReplication replication_of(const Node& node, Diagnostics& diagnostics) {
  KeyspaceReplication replication;
  if (!node.is_map()) {
    replication.everywhere = factor_of(node, diagnostics).value_or(0);
    return replication;
  }
  for (const auto& [datacenter, factor] : node.entries) {
    if (const auto number = factor_of(factor, diagnostics)) replication.by_datacenter[datacenter.text] = *number;
  }
  return replication;
}

void read_hosts(const Settings& settings, CassandraOptions& options, Diagnostics& diagnostics) {
  const auto port = static_cast<uint16_t>(settings.integer("port"));
  for (const std::string& host : settings.texts("hosts")) {
    if (auto endpoint = endpoint_of(host, port)) {
      options.session.hosts.push_back(std::move(*endpoint));
    } else {
      diagnostics.error(settings.node("hosts").place, fmt::format("'{}' is no host", host),
                        "write a name or an address, perhaps with a port: cassandra-1, 10.0.0.1:9042");
    }
  }
}

void read_login(const Settings& settings, CassandraOptions& options, Diagnostics& diagnostics) {
  if (settings.has("user")) options.session.user = settings.text("user");
  if (settings.has("password")) options.session.password = settings.text("password");
  if (settings.has("user") != settings.has("password")) {
    diagnostics.error(settings.place(), "'user' and 'password' go together",
                      "say both, or neither where the cluster lets everybody in");
  }
  options.use_tls = settings.has("tls");
  if (!options.use_tls) return;
  const Settings tls = settings.map("tls");
  const auto text = [&](std::string_view field) { return tls.has(field) ? tls.text(field) : std::string(); };
  options.tls = {
      .ca = text("ca"), .certificate = text("certificate"), .key = text("key"), .verify = tls.flag("verify")};
  if (options.tls.certificate.empty() != options.tls.key.empty()) {
    diagnostics.error(tls.place(), "'certificate' and 'key' go together", "say both, or neither");
  }
}

}  // namespace

const Component kCassandraComponent = {
    .kind = ComponentKind::kSystem,
    .name = "cassandra",
    .summary = "Apache Cassandra 4.1 or 5.0, or what speaks its protocol: tables.",
    .details =
        "Rows are written as they come, many at once, each to its replicas, with the write time of its record: what is "
        "written again after a crash is the same row, and an older record never overwrites a newer one. A flow's "
        "position is committed once all rows before it are acknowledged. While nodes are away or overloaded the flow "
        "waits, and goes on by itself.",
    .shorthand = "hosts",
    .fields = kFields,
    .example = "cassandra: { hosts: [10.0.0.1], datacenter: dc1, replication: 3 }"};

std::optional<CassandraOptions> cassandra_options(const std::string& name, const Settings& settings,
                                                  Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  CassandraOptions options{.name = name};
  read_hosts(settings, options, diagnostics);
  read_login(settings, options, diagnostics);
  if (settings.has("datacenter")) options.session.datacenter = settings.text("datacenter");
  if (settings.has("replication")) {
    options.schema.replication = replication_of(settings.node("replication"), diagnostics);
  }
  options.schema.create = settings.flag("create");
  options.schema.datacenter = options.session.datacenter;
  options.consistency = cql::consistency_of_name(settings.text("consistency")).value_or(cql::Consistency::kLocalQuorum);
  if (settings.text("compression") == "lz4") options.session.compression = cql::Compression::kLz4;
  options.session.connections_per_node = static_cast<size_t>(settings.integer("connections"));
  options.session.in_flight_max = static_cast<size_t>(settings.integer("in_flight"));
  return diagnostics.errors() == errors_before ? std::optional(std::move(options)) : std::nullopt;
}

}  // namespace millrace
