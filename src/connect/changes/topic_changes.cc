// Of topics: partitions, retention, compression, and what their records have.
#include <algorithm>

#include <fmt/format.h>

#include "connect/changes/comparison.h"
#include "flow/settings.h"

namespace millrace {
namespace {

std::string retention_text(const std::optional<int64_t>& ms) {
  return ms ? duration_text(*ms * 1000) : std::string("forever");
}
std::string bytes_text(const std::optional<int64_t>& bytes) {
  return bytes ? byte_count_text(*bytes) : std::string("any size");
}

// A limit that was not there, or was larger.
bool is_tighter(const std::optional<int64_t>& now, const std::optional<int64_t>& before) {
  return now && (!before || *now < *before);
}

// Whether values of a type can be read as another one.
bool reads_as(const Type& before, const Type& now, ValueFormat value) {
  if (before == now) return true;
  if (now.is(TypeKind::kString)) return !before.is_nested() && value != ValueFormat::kAvro;
  if (before.is(TypeKind::kInt)) return now.is(TypeKind::kBigint) || now.is(TypeKind::kDouble);
  return before.is(TypeKind::kBigint) && now.is(TypeKind::kDouble);
}

class TopicComparison {
 public:
  TopicComparison(const HomeComparison& comparison, const TopicDeclaration& declared, const TopicDescription& there)
      : comparison_(comparison), declared_(declared), there_(there), records_(records_in(there)) {}

  Result<std::vector<ChangeDetail>> run() {
    partitions();
    TRY_STATUS(retention());
    if (declared_.config.compression != there_.config.compression) {
      tell('~', fmt::format("compression {}, of what is written from now on",
                            from_to(topic_compression_name(there_.config.compression),
                                    topic_compression_name(declared_.config.compression))));
    }
    TRY(known, known_topic(*comparison_.home, declared_.name));
    if (known) contents(*known);
    return std::move(details_);
  }

 private:
  void tell(char sign, std::string text, Consequence consequence = Consequence::kNone) {
    details_.push_back({sign, std::move(text), consequence});
  }

  void partitions() {
    const int32_t before = there_.config.partitions;
    const int32_t now = declared_.config.partitions;
    if (now == before) return;
    const std::string how = fmt::format("partitions {} -> {}", before, now);
    if (now > before) {
      tell('~', how + ": records of a key that come from now on may be in another partition than those before");
    } else {
      tell('~', how + ": a topic does not shrink; declare one of another name", Consequence::kImpossible);
    }
  }

  Status retention() {
    const TopicConfig& before = there_.config;
    const TopicConfig& now = declared_.config;
    if (now.retention_ms != before.retention_ms) {
      TRY(older, is_tighter(now.retention_ms, before.retention_ms) ? older_than(*now.retention_ms) : uint64_t{0});
      limit(fmt::format("retention {}", from_to(retention_text(before.retention_ms), retention_text(now.retention_ms))),
            older == 0 ? ""
                       : fmt::format("up to {} that {} older would be deleted", counted(older, "record"),
                                     older == 1 ? "is" : "are"));
    }
    if (now.retention_bytes != before.retention_bytes) {
      int64_t over = 0;
      for (const PartitionDescription& partition : there_.partitions) {
        if (is_tighter(now.retention_bytes, before.retention_bytes)) {
          over += std::max<int64_t>(0, partition.bytes - *now.retention_bytes);
        }
      }
      limit(fmt::format("retention_bytes {}",
                        from_to(bytes_text(before.retention_bytes), bytes_text(now.retention_bytes))),
            over == 0 ? "" : fmt::format("up to {} of the oldest records would be deleted", byte_count_text(over)));
    }
    return {};
  }

  void limit(const std::string& how, const std::string& loss) {
    if (loss.empty()) return tell('~', how);
    tell('~', fmt::format("{}: {}", how, loss), Consequence::kLoss);
  }

  Result<uint64_t> older_than(int64_t retention_ms) const {
    uint64_t older = 0;
    for (size_t p = 0; p < there_.partitions.size(); ++p) {
      const PartitionDescription& partition = there_.partitions[p];
      TRY(kept, comparison_.home->topics().offset_at(declared_.name, static_cast<int32_t>(p),
                                                     comparison_.now_ms - retention_ms));
      older += static_cast<uint64_t>((kept ? kept->offset : partition.high_water_mark) - partition.log_start);
    }
    return older;
  }

  // Records that are there stay as they were written.
  void contents(const KnownTopic& known) {
    const Consequence unread = records_ == 0 ? Consequence::kNone : Consequence::kLoss;
    const std::string there = records_ == 0 ? "" : fmt::format(" ({} there)", counted(records_, "record"));
    if (declared_.value != known.value) {
      const std::string_view how = declared_.value == ValueFormat::kText   ? "text"
                                   : declared_.value == ValueFormat::kAvro ? "Avro, and would not fit"
                                                                           : "JSON, and would not fit";
      tell('~',
           fmt::format("value {}: what is there would be read as {}{}",
                       from_to(value_format_name(known.value), value_format_name(declared_.value)), how, there),
           unread);
    }
    if (declared_.columns && known.columns) columns(*known.columns, unread, there);
    const std::string key = declared_.key.value_or(known.key);
    if (key != known.key) {
      tell('~', fmt::format("key {}: records of one key are no longer with those before",
                            from_to(known.key.empty() ? "none" : known.key, key.empty() ? "none" : key)));
    }
  }

  void columns(const std::vector<Field>& before, Consequence unread, const std::string& there) {
    const auto find = [](const std::vector<Field>& fields, const std::string& name) {
      const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.name == name; });
      return found == fields.end() ? nullptr : &*found;
    };
    for (const Field& now : *declared_.columns) {
      const Field* const was = find(before, now.name);
      if (was == nullptr) {
        tell('+', fmt::format("column {}: {}, null in the records that are there", now.name, now.type.text()));
      } else if (was->type != now.type) {
        const bool reads = reads_as(was->type, now.type, declared_.value);
        tell('~',
             fmt::format("column {}: {}{}", now.name, from_to(was->type.text(), now.type.text()),
                         reads ? "" : fmt::format(": values that are there and do not fit become faults{}", there)),
             reads ? Consequence::kNone : unread);
      }
    }
    for (const Field& was : before) {
      if (find(*declared_.columns, was.name) == nullptr) {
        tell('-', fmt::format("column {}: {}, not read any more", was.name, was.type.text()));
      }
    }
  }

  const HomeComparison& comparison_;
  const TopicDeclaration& declared_;
  const TopicDescription& there_;
  const uint64_t records_;
  std::vector<ChangeDetail> details_;
};

// By another pipeline, or by a file at hand.
bool is_declared(const HomeComparison& comparison, const std::string& pipeline, const std::string& topic) {
  return std::any_of(comparison.plans.begin(), comparison.plans.end(),
                     [&](const PipelinePlan* plan) { return plan->declarations.find(topic) != nullptr; }) ||
         std::any_of(comparison.known.begin(), comparison.known.end(),
                     [&](const auto& known) { return known.first != pipeline && known.second.topics.contains(topic); });
}

}  // namespace

Status compare_topics(HomeComparison& comparison, const PipelinePlan& plan) {
  for (const TopicDeclaration& declared : plan.declarations.topics()) {
    if (declared.system != nullptr) continue;
    Change change{.kind = "topic", .name = declared.name};
    const auto there = comparison.home == nullptr ? Result<TopicDescription>(Error(ErrorCode::kNotFound, "no home"))
                                                  : comparison.home->topics().describe(declared.name);
    if (there.ok()) {
      TRY(details, TopicComparison(comparison, declared, *there).run());
      change.details = std::move(details);
    } else {
      change.what = Change::What::kNew;
      change.details.push_back(
          {'+', fmt::format("{}, kept {}", counted(static_cast<uint64_t>(declared.config.partitions), "partition"),
                            declared.config.retention_ms ? "for " + retention_text(declared.config.retention_ms)
                                                         : "for ever")});
    }
    add_change(comparison, std::move(change));
  }
  for (const std::string& name : comparison.known[plan.name].topics) {
    if (is_declared(comparison, plan.name, name)) continue;
    const auto there = comparison.home->topics().describe(name);
    if (!there.ok()) continue;
    add_change(comparison, {.kind = "topic",
                            .name = name,
                            .what = Change::What::kGone,
                            .details = {{' ', fmt::format("stays, with {}", counted(records_in(*there), "record"))}}});
  }
  return {};
}

}  // namespace millrace
