#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/schemas/schema_registry.h"
#include "wire/http/client.h"

namespace millrace {

inline constexpr int64_t kRegistryRequestTimeoutUs = 10'000'000;
inline constexpr int kRegistryAttempts = 3;                  // of one request, before the registry counts as away
inline constexpr int64_t kRegistryUnknownIdUs = 10'000'000;  // how long an id that was not known counts as such
inline constexpr size_t kRegistrySchemasMax = 10'000;        // remembered; beyond it they are asked for again
inline constexpr size_t kRegistryAnswerBytesMax = size_t{4} << 20;

// How the subject of a topic's values is called.
enum class SubjectNaming {
  kTopic,        // "TOPIC-value"
  kRecord,       // the record's name: one schema for all topics that hold it
  kTopicRecord,  // "TOPIC-RECORD"
};

// A schema registry that speaks Confluent's REST API. Answers that cannot change are remembered. A registry that cannot
// be reached, or says that it is busy, is asked again; after that it is kUnavailable or kTimeout, for whoever runs the
// flow to try again later. Thread-safe.
class RegistryClient final : public SchemaRegistry {
 public:
  struct Options {
    std::string url;  // of the API: "http://localhost:8081"
    std::string user;
    std::string password;
    std::string token;  // a bearer token, instead of both
    HttpTls tls;
    SubjectNaming naming = SubjectNaming::kTopic;
    int64_t retry_wait_us = 200'000;  // after the first failure; after each further one twice as long
  };
  // `stopping`: asked while it waits; may be empty.
  RegistryClient(Options options, std::shared_ptr<HttpClient> http, const Clock& clock,
                 std::function<bool()> stopping = {});

  std::string place() const override;
  std::string subject_of(std::string_view topic, std::string_view record) const override;
  Result<int32_t> enroll(const std::string& subject, const std::string& schema) override;
  Result<std::vector<std::string>> objections(const std::string& subject, const std::string& schema) override;
  Result<std::string> find(int32_t id) override;
  Result<SubjectVersion> latest(const std::string& subject) override;
  Result<SubjectVersion> version(const std::string& subject, int32_t version);  // kNotFound
  // Whether it answers, and takes who asks.
  Status check();

 private:
  // An answer of the registry, whatever it says.
  struct Answer {
    int status = 0;
    std::string body;
    int32_t error_code = 0;  // Confluent's, of an answer that is none hoped for
    std::string message;
  };
  Result<Answer> ask(std::string_view method, const std::string& path, const std::string& body = "") const;
  Result<Answer> ask_once(const HttpRequest& request) const;
  Error refused(const Answer& answer, std::string_view what) const;
  Result<std::optional<int32_t>> known_id(const std::string& subject, const std::string& schema) const;
  Result<SubjectVersion> version_at(const std::string& subject, const std::string& version) const;
  Error incompatible(const std::string& subject, const std::string& schema, const Answer& answer);

  Options options_;
  std::shared_ptr<HttpClient> http_;
  const Clock& clock_;
  std::function<bool()> stopping_;

  std::mutex mutex_;
  std::map<int32_t, std::string> schemas_;                           // guarded by mutex_; by id
  std::map<int32_t, int64_t> unknown_;                               // guarded by mutex_; when it was asked for
  std::map<std::pair<std::string, std::string>, int32_t> enrolled_;  // guarded by mutex_; by subject and schema
};

}  // namespace millrace
