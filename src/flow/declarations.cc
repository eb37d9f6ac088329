#include "flow/declarations.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "base/spelling.h"
#include "data/formats/avro/columns.h"
#include "flow/settings.h"
#include "flow/timing.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 3> kValueFormats = {"json", "text", "avro"};  // as ValueFormat
constexpr std::array<std::string_view, 5> kTopicCompressions = {"none", "gzip", "snappy", "lz4", "zstd"};
constexpr std::string_view kForEver = "forever";
constexpr std::string_view kQuarantineEnding = ".quarantine";

constexpr std::array kTopicFields = std::to_array<FieldDescription>({
    {.name = "partitions",
     .kind = FieldKind::kInteger,
     .summary =
         "In how many logs the records lie; those of one key are in one, in order. It may grow later, never shrink.",
     .default_value = "1",
     .example = "4",
     .min = 1,
     .max = kPartitionsMax},
    {.name = "value",
     .kind = FieldKind::kChoice,
     .summary =
         "How a record is written: a JSON object, the text of its one column, or Avro with the id of its schema in "
         "front.",
     .default_value = "json",
     .example = "json",
     .choices = kValueFormats},
    {.name = "columns",
     .kind = FieldKind::kColumnTypes,
     .summary = "What its records have, where no flow of the file writes it; else they are the columns of that flow.",
     .example = "{ id: string, age: int }"},
    {.name = "retention",
     .kind = FieldKind::kText,
     .summary = "How long records are kept: a duration, or `forever`. What a flow has not read yet is kept longer.",
     .default_value = "7d",
     .example = "30d"},
    {.name = "retention_bytes",
     .kind = FieldKind::kBytes,
     .summary = "How many bytes of a partition are kept; as many as there are unless said otherwise.",
     .example = "10GB",
     .min = 1},
    {.name = "compression",
     .kind = FieldKind::kChoice,
     .summary = "How records are compressed, a batch at a time.",
     .default_value = "none",
     .example = "zstd",
     .choices = kTopicCompressions},
});

std::vector<Field> declared_columns(const Node& columns, Diagnostics& diagnostics) {
  std::vector<Field> fields;
  for (const auto& [name, type_text] : columns.entries) {
    auto type = parse_type(type_text.text);
    if (!type.ok()) {
      diagnostics.error(type_text.place, type.error().message());
      continue;
    }
    fields.push_back({name.text, std::move(*type)});
  }
  return fields;
}

// How long a topic keeps its records, from `retention` and `retention_bytes`.
void read_retention(const Settings& settings, TopicConfig& config, Diagnostics& diagnostics) {
  if (settings.has("retention_bytes")) config.retention_bytes = settings.bytes("retention_bytes");
  const std::string& retention = settings.text("retention");
  const auto duration = parse_duration_us(retention);
  if (retention == kForEver) {
    config.retention_ms.reset();
  } else if (duration && *duration > 0) {
    config.retention_ms = std::max<int64_t>(1, *duration / 1000);
  } else {
    diagnostics.error(settings.node("retention").place,
                      fmt::format("'retention' is a duration or {}, not '{}'", kForEver, retention),
                      "for example 7d, 12h or 30m");
  }
}

std::optional<TopicDeclaration> read_topic(const Node& name, const Node& node, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  if (const Status status = check_topic_name(name.text); !status.ok()) {
    diagnostics.error(name.place, status.error().message());
  }
  Node given = node;
  if (given.is_null()) given.kind = Node::Kind::kMap;  // `users:` alone: a topic like any other
  const auto settings = Settings::read(kTopicDeclaration, given, diagnostics);
  if (!settings) return std::nullopt;
  TopicDeclaration topic{.name = name.text, .place = name.place};
  topic.config.partitions = static_cast<int32_t>(settings->integer("partitions"));
  topic.config.compression = *topic_compression_of_name(settings->text("compression"));
  topic.value = value_format_of_name(settings->text("value"));
  if (topic.value == ValueFormat::kAvro && name.text.ends_with(kQuarantineEnding)) {
    diagnostics.error(settings->node("value").place,
                      fmt::format("topic '{}' is a quarantine, which is JSON", name.text), "leave `value` out");
  }
  read_retention(*settings, topic.config, diagnostics);
  if (settings->has("columns")) topic.columns = declared_columns(settings->node("columns"), diagnostics);
  if (topic.columns) check_value_columns(topic, *topic.columns, settings->node("columns").place, diagnostics);
  return diagnostics.errors() == errors_before ? std::optional(std::move(topic)) : std::nullopt;
}

}  // namespace

bool check_value_columns(const TopicDeclaration& topic, const std::vector<Field>& columns, Place place,
                         Diagnostics& diagnostics) {
  const auto wrong = topic.value == ValueFormat::kAvro ? avro_name_problem(columns) : std::nullopt;
  if (!wrong) return true;
  diagnostics.error(place, fmt::format("topic '{}' holds Avro, and '{}' cannot be a field of it", topic.name, *wrong),
                    "fields are called by letters a to z, digits and _, and begin with no digit");
  return false;
}

const Component kTopicDeclaration = {
    .kind = ComponentKind::kTopic,
    .name = "topic",
    .summary = "A durable log of records that flows write to and read from, under `topics:`.",
    .details =
        "Records are kept for as long as `retention` says, whether they have been read or not, and any number of "
        "flows may read them, each at its own position. Flows of the other files of the folder may use it too.",
    .shorthand = "",
    .fields = kTopicFields,
    .example = "users_created: { partitions: 4, retention: 7d }"};

ValueFormat value_format_of_name(std::string_view name) {
  const auto found = std::find(kValueFormats.begin(), kValueFormats.end(), name);
  MILLRACE_ASSERT(found != kValueFormats.end(), name);
  return static_cast<ValueFormat>(found - kValueFormats.begin());
}

std::string_view value_format_name(ValueFormat value) { return kValueFormats[static_cast<size_t>(value)]; }

std::span<const Component* const> all_declarations() {
  static constexpr std::array kAll = {&kTopicDeclaration, &kTableDeclaration, &kTimingDeclaration,
                                      &kRetryDeclaration, &kAlertDeclaration, &kRawDeclaration};
  return kAll;
}

void Declarations::read_topics(const Node& topics, Diagnostics& diagnostics) {
  if (!topics.is_map()) {
    diagnostics.error(topics.place, "'topics' is a map of names to what they are",
                      fmt::format("for example topics: {{ {} }}", kTopicDeclaration.example));
    return;
  }
  for (const auto& [name, node] : topics.entries) {
    if (TopicDeclaration* there = file_.empty() ? nullptr : find(name.text)) {
      if (!there->file.empty()) there->also_in.push_back(file_);
      continue;  // that of the file itself comes first
    }
    // One that is wrong is there all the same, so that nobody complains that it is not.
    topics_.push_back(
        read_topic(name, node, diagnostics).value_or(TopicDeclaration{.name = name.text, .place = name.place}));
    topics_.back().file = file_;
    topics_.back().system = bindings_.of_topic(name.text);
    topics_.back().schemas = bindings_.of_schemas();
    topics_.back().record = avro_record_name(pipeline_, name.text);
    if (topics_.back().value == ValueFormat::kAvro && topics_.back().system && !topics_.back().schemas) {
      diagnostics.error(name.place,
                        fmt::format("topic '{}' holds Avro in a system, and nothing has its schemas", name.text),
                        "bind them to a registry in the profile: schemas: NAME");
    }
  }
}

const TopicDeclaration* Declarations::find(std::string_view topic) const {
  const auto found =
      std::find_if(topics_.begin(), topics_.end(), [&](const TopicDeclaration& one) { return one.name == topic; });
  return found == topics_.end() ? nullptr : &*found;
}

TopicDeclaration* Declarations::find(std::string_view name) {
  const auto found =
      std::find_if(topics_.begin(), topics_.end(), [&](const TopicDeclaration& one) { return one.name == name; });
  return found == topics_.end() ? nullptr : &*found;
}

void Declarations::break_topic(std::string_view name, std::string writer) {
  if (TopicDeclaration* topic = find(name)) {
    topic->broken = std::move(writer);
    topic->columns.reset();
  }
}

void Declarations::forget_unused() {
  std::erase_if(topics_, [](const TopicDeclaration& one) { return !one.file.empty() && !one.used; });
  std::erase_if(tables_, [](const TableDeclaration& one) { return !one.file.empty() && !one.used; });
}

// What is not found may be in a file that is wrong.
std::string Declarations::where_else(std::string otherwise) const {
  if (unreadable_.empty()) return otherwise;
  return fmt::format("{}; {} cannot be read, see `millrace check`", otherwise, fmt::join(unreadable_, ", "));
}

std::string Declarations::add_quarantine(std::string_view flow, std::optional<std::shared_ptr<System>> system) {
  std::string name = fmt::format("{}.{}{}", pipeline_, flow, kQuarantineEnding);
  if (find(name) == nullptr) {
    TopicDeclaration topic{.name = name, .file = file_, .system = system ? *system : bindings_.of_topic(name)};
    topic.config.retention_ms.reset();
    topics_.push_back(std::move(topic));
  }
  return name;
}

std::optional<RawTopic> Declarations::add_raw(const Node& raw, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  const auto settings = Settings::read(kRawDeclaration, raw, diagnostics);
  if (!settings) return std::nullopt;
  const Node& name = settings->node("name");
  TopicDeclaration topic{.name = fmt::format("{}.{}.raw", pipeline_, name.text), .place = name.place, .file = file_};
  topic.config.segment_bytes = kRawSegmentBytes;
  topic.config.compression = *topic_compression_of_name(settings->text("compression"));
  topic.value = ValueFormat::kText;
  read_retention(*settings, topic.config, diagnostics);
  if (const Status status = check_topic_name(topic.name); !status.ok()) {
    diagnostics.error(name.place, status.error().message());
  } else if (find(topic.name) != nullptr) {
    diagnostics.error(name.place, fmt::format("there is a topic '{}' already", topic.name),
                      "each flow keeps its payloads under a name of its own");
  }
  if (diagnostics.errors() != errors_before) return std::nullopt;
  topics_.push_back(topic);
  return RawTopic{.name = topic.name, .compression = topic.config.compression};
}

TopicDeclaration* Declarations::topic(std::string_view name, Place place, Diagnostics& diagnostics) {
  if (TopicDeclaration* found = find(name)) {
    found->used = found->used || file_.empty();
    if (!found->also_in.empty()) {
      diagnostics.error(place,
                        fmt::format("topic '{}' is declared in {} and in {}", name, found->file, found->also_in[0]),
                        "keep one of them");
      return nullptr;
    }
    if (found->broken.empty() || found->columns) return found;
    diagnostics.error(place, fmt::format("nobody knows the columns of topic '{}': {} is wrong", name, found->broken),
                      "`millrace check` of that file says what it is");
    return nullptr;
  }
  std::vector<std::string_view> names;
  for (const TopicDeclaration& one : topics_) names.push_back(one.name);
  const auto near = nearest_spelling(name, names);
  diagnostics.error(
      place, fmt::format("there is no topic '{}'", name),
      where_else(near            ? fmt::format("did you mean '{}'?", *near)
                 : names.empty() ? fmt::format("declare it: topics: {{ {}: {{}} }}", name)
                                 : fmt::format("declare it under `topics:`, beside {}", fmt::join(names, ", "))));
  return nullptr;
}

}  // namespace millrace
