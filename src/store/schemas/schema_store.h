#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/schemas/schema_registry.h"
#include "store/topics/topic_store.h"

namespace millrace {

// One record per version of a subject, in the order of their coming; made with the first one.
inline constexpr std::string_view kSchemasTopic = "millrace.schemas";

// The schemas of a data directory. They lie in its topic millrace.schemas, and all of them in memory. Refuses only what
// is no Avro schema: it has no rules of compatibility. The topics must outlive it.
class SchemaStore final : public SchemaRegistry {
 public:
  // Reads what is there. kCorruption: the topic holds something else.
  static Result<std::unique_ptr<SchemaStore>> open(TopicStore& topics, const Clock& clock);

  std::string place() const override { return "the data directory's schemas"; }
  std::string subject_of(std::string_view topic, std::string_view record) const override;
  Result<int32_t> enroll(const std::string& subject, const std::string& schema) override;
  Result<std::vector<std::string>> objections(const std::string& subject, const std::string& schema) override;
  Result<std::string> find(int32_t id) override;
  Result<SubjectVersion> latest(const std::string& subject) override;

  // All versions of all subjects, in the order of their coming.
  std::vector<SubjectVersion> versions() const;

 private:
  SchemaStore(TopicStore& topics, const Clock& clock) : topics_(topics), clock_(clock) {}
  Status load();
  Status note(SubjectVersion version);
  Status write(const SubjectVersion& version);

  TopicStore& topics_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::vector<SubjectVersion> versions_;     // guarded by mutex_
  std::map<std::string, int32_t> ids_;       // guarded by mutex_; by the schema in its one form
  std::map<int32_t, size_t> first_with_id_;  // guarded by mutex_; index into versions_
  std::map<std::string, size_t> latest_of_;  // guarded by mutex_; the same, by subject
};

}  // namespace millrace
