#pragma once

#include <optional>
#include <string>

#include "connect/cassandra/schema.h"
#include "flow/component.h"
#include "flow/diagnostic.h"
#include "flow/settings.h"
#include "wire/cql/session.h"

namespace millrace {

// A cluster as a profile describes it.
struct CassandraOptions {
  std::string name;  // what the profile calls it
  cql::SessionOptions session;
  cql::Tls::Options tls;
  bool use_tls = false;
  cql::Consistency consistency = cql::Consistency::kLocalQuorum;
  SchemaOptions schema;
};

extern const Component kCassandraComponent;

// nullopt after telling what is wrong.
std::optional<CassandraOptions> cassandra_options(const std::string& name, const Settings& settings,
                                                  Diagnostics& diagnostics);

}  // namespace millrace
