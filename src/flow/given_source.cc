#include "flow/given_source.h"

#include <string_view>
#include <utility>

#include "data/formats/json_reader.h"
#include "data/formats/json_text.h"
#include "flow/intake.h"

namespace millrace {
namespace {

void append_json(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull: out += "null"; return;
    case Node::Kind::kScalar:
      if (!node.quoted && (node.text == "true" || node.text == "false" || is_json_number(node.text))) {
        out += node.text;
      } else {
        append_json_string(node.text, out);
      }
      return;
    case Node::Kind::kList: {
      out += '[';
      std::string_view comma;
      for (const Node& item : node.items) {
        out += comma;
        append_json(item, out);
        comma = ",";
      }
      out += ']';
      return;
    }
    case Node::Kind::kMap: {
      out += '{';
      std::string_view comma;
      for (const auto& [key, value] : node.entries) {
        out += comma;
        append_json_string(key.text, out);
        out += ':';
        append_json(value, out);
        comma = ",";
      }
      out += '}';
      return;
    }
  }
}

class JsonGivenSource final : public Source {
 public:
  JsonGivenSource(std::vector<std::string> records, const Slots& slots, RunContext run)
      : records_(std::move(records)), slots_(slots), run_(std::move(run)) {}

  Result<std::optional<SourcePiece>> next() override {
    if (records_.empty()) return std::optional<SourcePiece>();
    auto origin = std::make_shared<Origin>();
    origin->source = "given";
    origin->format = "json";
    origin->ingested_at_us = run_.clock->wall_us();
    origin->run_id = run_.run_id;
    std::string bytes;
    for (const std::string& record : std::exchange(records_, {})) {
      origin->line.push_back(origin->line.size() + 1);
      origin->offset.push_back(bytes.size());
      origin->begin.push_back(static_cast<uint32_t>(bytes.size()));
      bytes += record;
      origin->end.push_back(static_cast<uint32_t>(bytes.size()));
    }
    origin->bytes = Buffer(bytes.size());
    bytes.copy(origin->bytes.as<char>(), bytes.size());
    return std::optional(SourcePiece{.origin = std::move(origin), .bytes_read = bytes.size()});
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    ReadOutcome outcome = JsonReader(columns_to_read(slots_)).read(*piece.origin);
    return take_in(std::move(piece.origin), std::move(outcome), slots_, passage);
  }

  uint64_t bytes_total() const override { return 0; }

 private:
  std::vector<std::string> records_;
  const Slots& slots_;
  RunContext run_;
};

}  // namespace

std::string given_record_bytes(const Node& record) {
  if (record.is_scalar()) return record.text;
  std::string out;
  append_json(record, out);
  return out;
}

std::unique_ptr<Source> json_given_source(const std::vector<Node>& records, const Slots& slots, const RunContext& run) {
  std::vector<std::string> bytes;
  for (const Node& record : records) bytes.push_back(given_record_bytes(record));
  return std::make_unique<JsonGivenSource>(std::move(bytes), slots, run);
}

Result<std::unique_ptr<Source>> SourcePlan::open_given(const std::vector<Node>& records, const Slots& slots,
                                                       const RunContext& run) const {
  return json_given_source(records, slots, run);
}

}  // namespace millrace
