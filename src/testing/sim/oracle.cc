#include "testing/sim/oracle.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "store/topics/partitioner.h"

namespace millrace {
namespace {

constexpr uint64_t kIds = 25;  // so that some records change the rows of others
constexpr size_t kLongTag = 6;
constexpr int64_t kWithinMin = 90;

bool wants(int64_t n) { return n % 10 != 3; }
bool passes(int64_t n, int stage) { return n % 7 != 0 && (stage < 2 || n % 11 != 0); }

}  // namespace

std::string sim_pipeline(int stage) {
  const char* const table_column = stage >= 1 ? ", nick: text" : "";
  const char* const flow_column = stage >= 1 ? ", upper(name) AS nick" : "";
  const char* const check = stage >= 2 ? ", { name: eleven, rule: 'n % 11 <> 0' }" : "";
  return fmt::format(R"(millrace: 1
pipeline: sim
topics:
  events: {{ partitions: {}, retention: forever }}
  fives: {{ partitions: 2, retention: forever }}
  tags: {{ partitions: 2, retention: forever }}
  once: {{ partitions: 2, retention: forever }}
tables:
  t.each: {{ columns: {{ n: int, id: text, name: text{} }}, key: n }}
  t.last: {{ columns: {{ id: text, n: int, name: text{} }}, key: id }}
flows:
  ingest:
    from: {{ file: in.jsonl, columns: {{ id: string, n: int, name: string, tags: "array<string>", at: timestamp }} }}
    steps:
      - expect: [ {{ required: [name] }} ]
    to: {{ topic: events, key: id }}
  store:
    from: {{ topic: events }}
    steps:
      - select: "n, id, name{}"
      - where: "n % 10 <> 3"
      - expect: [ {{ name: seven, rule: "n % 7 <> 0" }}{} ]
    to:
      - {{ table: t.each }}
      - {{ table: t.last }}
      - {{ topic: fives, key: id, where: "n % 5 = 0" }}
  tags:
    from: {{ topic: events }}
    steps:
      - explode: tags AS (pos, tag)
      - select: "n, pos, tag"
      - expect: [ {{ name: long, rule: "length(tag) < {}" }} ]
    to: {{ topic: tags, key: tag }}
  once:
    from: {{ topic: events }}
    steps:
      - dedupe: {{ by: id, within: {}m, time: at }}
      - expect: [ {{ name: seven, rule: "n % 7 <> 0" }}{} ]
    to: {{ topic: once, key: id }}
)",
                     kSimPartitions, table_column, table_column, flow_column, check, kLongTag, kWithinMin, check);
}

std::string first_difference(const Facts& got, const Facts& expected) {
  for (const auto& [place, what] : expected) {
    const auto found = got.find(place);
    if (found == got.end()) return fmt::format("{} is not there", place);
    if (found->second == what) continue;
    std::vector<std::string> missing;
    std::vector<std::string> beyond;
    std::set_difference(what.begin(), what.end(), found->second.begin(), found->second.end(),
                        std::back_inserter(missing));
    std::set_difference(found->second.begin(), found->second.end(), what.begin(), what.end(),
                        std::back_inserter(beyond));
    return fmt::format("{} has {} entries, not {}; missing: {}; too many: {}", place, found->second.size(), what.size(),
                       missing.empty() ? "none" : missing[0], beyond.empty() ? "none" : beyond[0]);
  }
  return "";
}

const std::string& SimOracle::grow_input(Random& random, size_t lines) {
  for (; lines > 0; --lines) {
    auto line = std::make_unique<Line>();
    line->n = static_cast<int64_t>(lines_.size());
    line->begin = text_.size();
    line->id = fmt::format("id{}", random.below(kIds));
    line->name = fmt::format("name{}", line->n);
    for (uint64_t tags = random.below(4); tags > 0; --tags) {
      line->tags.emplace_back(random.below(5) == 0 ? kLongTag + 1 : 1 + random.below(3), 'x');
    }
    line->at_min = line->n * 2 + static_cast<int64_t>(random.below(200));
    nlohmann::ordered_json json{
        {"id", line->id},
        {"n", line->n},
        {"name", line->name},
        {"tags", line->tags},
        {"at", fmt::format("2023-11-14T{:02}:{:02}:00Z", line->at_min / 60, line->at_min % 60)}};
    const uint64_t kind = random.below(20);
    if (kind == 0) json.erase("name");
    line->text = json.dump();
    if (kind == 1) line->text.resize(line->text.size() - 4);
    line->good = kind > 1;
    text_ += line->text + "\n";
    lines_.push_back(std::move(line));
  }
  return text_;
}

const std::vector<const SimOracle::Line*>& SimOracle::partition(const std::string& part) const {
  static const std::vector<const Line*> none;
  const auto found = events_.find(part);
  return found == events_.end() ? none : found->second;
}

std::string SimOracle::came_to(const std::string& flow, const Position& position, int stage) {
  Progress& progress = progress_[flow];
  for (const auto& [part, at] : position) {
    size_t& read = progress.read[part];
    size_t now = at.next;
    if (flow == "ingest") {
      const auto behind = std::lower_bound(lines_.begin(), lines_.end(), at.next,
                                           [](const auto& line, uint64_t next) { return line->begin < next; });
      now = static_cast<size_t>(behind - lines_.begin());
    }
    const size_t there = flow == "ingest" ? lines_.size() : partition(part).size();
    if (now < read) return fmt::format("flow {} went back from {} to {} in {}", flow, read, now, part);
    if (now > there) return fmt::format("flow {} has read {} of {} in {}", flow, now, there, part);
    for (; read < now; ++read) {
      const Line& line = flow == "ingest" ? *lines_[read] : *partition(part)[read];
      progress.stage[line.n] = stage;
      if (flow != "ingest" || !line.good) continue;
      const int32_t where = Partitioner(kSimPartitions).partition_of(line.id);
      events_[fmt::format("events[{}]", where)].push_back(&line);
    }
  }
  return "";
}

bool SimOracle::at_the_end() const {
  size_t good = 0;
  for (const auto& line : lines_) good += line->good ? 1 : 0;
  return read_by("ingest").size() == lines_.size() && read_by("store").size() == good &&
         read_by("tags").size() == good && read_by("once").size() == good;
}

std::vector<const SimOracle::Line*> SimOracle::read_by(const std::string& flow) const {
  std::vector<const Line*> all;
  const auto progress = progress_.find(flow);
  if (progress == progress_.end()) return all;
  for (const auto& [part, read] : progress->second.read) {
    for (size_t i = 0; i < read; ++i) all.push_back(flow == "ingest" ? lines_[i].get() : partition(part)[i]);
  }
  return all;
}

Facts SimOracle::expected() const {
  Facts facts;
  expect_ingest(facts);
  expect_store(facts);
  expect_tags(facts);
  expect_once(facts);
  for (auto& [place, what] : facts) std::sort(what.begin(), what.end());
  return facts;
}

void SimOracle::expect_ingest(Facts& facts) const {
  Ledger ledger;
  facts["topic events"];
  facts["quarantine of ingest"];
  for (const Line* line : read_by("ingest")) {
    ++ledger.read;
    if (line->good) {
      ++ledger.written;
      continue;
    }
    ++ledger.quarantined;
    facts["quarantine of ingest"].push_back(line->text);
  }
  for (const auto& [part, lines] : events_) {
    for (size_t i = 0; i < lines.size(); ++i) {
      facts["topic events"].push_back(fmt::format("{} {} {}", part, i, lines[i]->n));
    }
  }
  facts["ledger of ingest"] = {ledger.text()};
}

void SimOracle::expect_store(Facts& facts) const {
  Ledger ledger;
  std::map<std::string, std::string> last;
  const auto progress = progress_.find("store");
  for (const char* place : {"table t.each", "table t.last", "topic fives", "quarantine of store"}) facts[place];
  for (const Line* line : read_by("store")) {
    const int stage = progress->second.stage.at(line->n);
    ++ledger.read;
    if (!wants(line->n)) {
      ++ledger.filtered;
    } else if (!passes(line->n, stage)) {
      ++ledger.quarantined;
      facts["quarantine of store"].push_back(fmt::format("{}", line->n));
    } else {
      ++ledger.written;
      const std::string nick = stage >= 1 ? fmt::format("NAME{}", line->n) : "null";
      facts["table t.each"].push_back(fmt::format("{}|{}|{}|{}", line->n, line->id, line->name, nick));
      last[line->id] = fmt::format("{}|{}|{}|{}", line->id, line->n, line->name, nick);
      if (line->n % 5 == 0) facts["topic fives"].push_back(fmt::format("{}", line->n));
    }
  }
  for (const auto& [id, row] : last) facts["table t.last"].push_back(row);
  facts["ledger of store"] = {ledger.text()};
}

void SimOracle::expect_tags(Facts& facts) const {
  Ledger ledger;
  for (const char* place : {"topic tags", "quarantine of tags"}) facts[place];
  for (const Line* line : read_by("tags")) {
    ++ledger.read;
    if (line->tags.empty()) ++ledger.filtered;
    ledger.made += line->tags.empty() ? 0 : line->tags.size() - 1;
    for (size_t pos = 0; pos < line->tags.size(); ++pos) {
      const bool bad = line->tags[pos].size() >= kLongTag;
      ++(bad ? ledger.quarantined : ledger.written);
      facts[bad ? "quarantine of tags" : "topic tags"].push_back(fmt::format("{} {}", line->n, pos));
    }
  }
  facts["ledger of tags"] = {ledger.text()};
}

// A key that is let through is taken for a while, before and after; not by one that a check has refused. A claim is
// forgotten when the partition's records have got so far.
void SimOracle::expect_once(Facts& facts) const {
  Ledger ledger;
  for (const char* place : {"topic once", "quarantine of once"}) facts[place];
  const auto progress = progress_.find("once");
  if (progress != progress_.end()) {
    for (const auto& [part, read] : progress->second.read) {
      std::map<std::string, std::vector<int64_t>> claims;  // when, by id
      int64_t latest = INT64_MIN;
      for (size_t i = 0; i < read; ++i) {
        const Line& line = *partition(part)[i];
        latest = std::max(latest, line.at_min);
        ++ledger.read;
        std::vector<int64_t>& of_id = claims[line.id];
        if (std::any_of(of_id.begin(), of_id.end(), [&](int64_t claimed) {
              return std::abs(claimed - line.at_min) < kWithinMin && latest - claimed < kWithinMin;
            })) {
          ++ledger.duplicate;
        } else if (!passes(line.n, progress->second.stage.at(line.n))) {
          ++ledger.quarantined;
          facts["quarantine of once"].push_back(fmt::format("{}", line.n));
        } else {
          ++ledger.written;
          facts["topic once"].push_back(fmt::format("{}", line.n));
          of_id.push_back(line.at_min);
        }
      }
    }
  }
  facts["ledger of once"] = {ledger.text()};
}

}  // namespace millrace
