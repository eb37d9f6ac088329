#include "data/formats/text_reader.h"

#include "data/builder.h"
#include "data/formats/json_index.h"

namespace millrace {

ReadOutcome TextReader::read(const Origin& origin) {
  ReadOutcome outcome;
  StringBuilder texts(TypeKind::kString, origin.records(), origin.bytes.size());
  for (size_t record = 0; record < origin.records(); ++record) {
    const std::string_view text = origin.record_bytes(record);
    if (is_utf8(text)) {
      texts.append(text);
    } else {
      texts.append_null();
      outcome.faults.push_back({.row = static_cast<uint32_t>(record), .rule = "read", .reason = "it is not UTF-8"});
    }
  }
  const Column column = texts.finish();
  outcome.columns.assign(columns_.size(), column);
  return outcome;
}

}  // namespace millrace
