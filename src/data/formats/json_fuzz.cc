#include <cstdint>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "data/formats/bytes_testing.h"
#include "data/formats/json_reader.h"
#include "data/formats/json_writer.h"

using namespace millrace;

namespace {

void check(bool well, const char* what) { MILLRACE_ASSERT(well, what); }

Origin one_record(std::string_view text) {
  Origin origin;
  origin.bytes = Buffer::zeroed(text.size());
  if (!text.empty()) std::memcpy(origin.bytes.bytes(), text.data(), text.size());
  origin.begin = {0};
  origin.end = {static_cast<uint32_t>(text.size())};
  return origin;
}

size_t depth_of(const nlohmann::json& value) {
  size_t deepest = 0;
  if (value.is_structured()) {
    for (const auto& member : value) deepest = std::max(deepest, depth_of(member));
    return deepest + 1;
  }
  return 0;
}

// Both say of every text whether it is a JSON object, and what the text at `a` is.
void compare(std::string_view text) {
  JsonReader reader({{{"a"}, TypeKind::kString}, {{"b", "c"}, TypeKind::kString}});
  const Origin origin = one_record(text);
  const ReadOutcome read = reader.read(origin);
  const auto other = nlohmann::json::parse(text, nullptr, false);
  if (!other.is_object()) return check(!read.faults.empty(), "what nlohmann refuses is refused");
  if (depth_of(other) > kJsonDepthMax) return;
  const bool misfit = other.contains("b") && !other["b"].is_object() && !other["b"].is_null();
  check(misfit == !read.faults.empty(), "what nlohmann takes is taken");
  if (misfit) return;
  if (!other.contains("a") || other["a"].is_null())
    return check(read.columns[0].is_null(0), "null where there is nothing");
  check(!read.columns[0].is_null(0), "a value where there is one");
  if (other["a"].is_string()) check(read.columns[0].string_at(0) == other["a"].get<std::string>(), "the same text");

  Batch batch;
  batch.rows = 1;
  batch.columns = read.columns;
  const JsonWriter writer({{"a", TypeKind::kString, 0}, {"c", TypeKind::kString, 1}});
  const Buffer written = writer.write(batch, Rows::all(1));
  JsonReader again({{{"a"}, TypeKind::kString}, {{"c"}, TypeKind::kString}});
  const ReadOutcome back = again.read(one_record({written.as<char>(), written.size()}));
  check(back.faults.empty(), "what is written can be read");
  for (size_t i = 0; i < 2; ++i) check(equal_rows(back.columns[i], 0, batch.columns[i], 0), "the same values");
}

// Documents come apart the same whatever the size of pieces, and typed columns never crash.
void cut(const std::string& text, uint8_t choice) {
  const FramingOptions options{.piece_bytes = 1, .record_bytes_max = (choice & 1) != 0 ? size_t{16} : size_t{4096}};
  const FramingOptions whole{.record_bytes_max = options.record_bytes_max};
  const std::vector<std::string> path =
      (choice & 2) != 0 ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{};
  auto in_parts = document_framing(std::make_unique<TextStream>(text, 1), options, path);
  auto at_once = document_framing(std::make_unique<TextStream>(text), whole, path);
  check(cut_to_records(*in_parts) == cut_to_records(*at_once), "the same records whatever the size of pieces");
  auto lines = line_framing(std::make_unique<TextStream>(text, 1), options);
  auto lines_at_once = line_framing(std::make_unique<TextStream>(text), whole);
  check(cut_to_records(*lines, options.record_bytes_max) == cut_to_records(*lines_at_once, options.record_bytes_max),
        "the same lines");

  JsonReader typed({{{"a"}, Type::array(Type::map(TypeKind::kString, TypeKind::kInt))},
                    {{"b"}, Type::structure({{"c", TypeKind::kDouble}, {"d", TypeKind::kTimestamp}})},
                    {{"e"}, Type::decimal(10, 2)},
                    {{"f"}, TypeKind::kBinary}});
  typed.read(one_record(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  compare(text);
  cut(text, data[0]);
  return 0;
}
