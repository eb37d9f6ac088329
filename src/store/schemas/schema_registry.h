#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// A schema as one version of a subject.
struct SubjectVersion {
  std::string subject;
  int32_t version = 0;  // from 1
  int32_t id = 0;       // of the schema, in whichever subjects it is
  std::string schema;   // Avro's JSON
};

// Where schemas are kept and found by the ids that records carry: the embedded home's store, or a registry outside.
// Thread-safe. Ids never change what they mean, so callers may remember them.
class SchemaRegistry {
 public:
  virtual ~SchemaRegistry() = default;
  virtual std::string place() const = 0;  // for people: "the schema registry http://localhost:8081"
  // The subject for the values of a topic whose records are called so.
  virtual std::string subject_of(std::string_view topic, std::string_view record) const = 0;

  // The id of a schema of a subject, as a new version unless it is one already; durable when it returns.
  // kInvalidArgument: it is refused, and the text has the registry's reasons.
  virtual Result<int32_t> enroll(const std::string& subject, const std::string& schema) = 0;
  // Why enroll() would refuse the schema as it stands; empty: it would not.
  virtual Result<std::vector<std::string>> objections(const std::string& subject, const std::string& schema) = 0;

  virtual Result<std::string> find(int32_t id) = 0;                       // kNotFound
  virtual Result<SubjectVersion> latest(const std::string& subject) = 0;  // kNotFound
};

}  // namespace millrace
