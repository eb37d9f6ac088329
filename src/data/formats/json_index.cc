#include "data/formats/json_index.h"

#include <algorithm>

#include <simdjson.h>

#include "base/assert.h"

namespace millrace {

// simdjson's first stage alone: its second stage and its on-demand front end either build what is not asked for or skip
// without validating; see docs/decisions/0006-json-walk.md.
struct JsonIndex::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  size_t capacity = 0;

  void grow(size_t bytes) {
    capacity = std::max<size_t>(bytes, 2 * capacity);
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, stage);
    MILLRACE_ASSERT(error == simdjson::SUCCESS, simdjson::error_message(error));
  }
};

JsonIndex::JsonIndex() : parser_(std::make_unique<Parser>()) { parser_->grow(4096); }
JsonIndex::~JsonIndex() = default;
JsonIndex::JsonIndex(JsonIndex&&) noexcept = default;
JsonIndex& JsonIndex::operator=(JsonIndex&&) noexcept = default;

const char* JsonIndex::index(std::string_view document) {
  positions_ = {};
  if (document.empty()) return "it is empty";
  if (document.size() > parser_->capacity) parser_->grow(document.size());
  auto& stage = *parser_->stage;
  const auto error =
      stage.stage1(reinterpret_cast<const uint8_t*>(document.data()), document.size(), simdjson::stage1_mode::regular);
  switch (error) {
    case simdjson::SUCCESS: break;
    case simdjson::EMPTY: return "it holds only white space";
    case simdjson::UTF8_ERROR: return "it is not UTF-8";
    case simdjson::UNCLOSED_STRING: return "a string is not closed";
    case simdjson::UNESCAPED_CHARS: return "a string holds a control character that is not escaped";
    default: return simdjson::error_message(error);
  }
  positions_ = {stage.structural_indexes.get(), stage.n_structural_indexes};
  return nullptr;
}

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

}  // namespace millrace
