#include "data/expr/functions/like.h"

#include <fmt/format.h>

#include "data/find_text.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr char kAnyChar = '\xff';  // in no valid text

}  // namespace

Result<LikePattern> LikePattern::compile(std::string_view pattern, std::string_view escape) {
  if (count_chars(escape) != 1) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the escape must be one character, not '{}'", escape));
  }
  LikePattern like;
  like.pieces_.emplace_back();
  for (size_t at = 0; at < pattern.size();) {
    Piece& piece = like.pieces_.back();
    const std::string_view c = pattern.substr(at, char_size(pattern[at]));
    at += c.size();
    if (c == escape) {
      const std::string_view next = at < pattern.size() ? pattern.substr(at, char_size(pattern[at])) : "";
      if (next.empty() || (next != "%" && next != "_" && next != escape)) {
        return Error(
            ErrorCode::kInvalidArgument,
            fmt::format("in the pattern '{}' the escape {} must stand before %, _ or itself", pattern, escape));
      }
      piece.text += next;
      at += next.size();
    } else if (c == "%") {
      if (like.pieces_.size() < 2 || !piece.text.empty()) like.pieces_.emplace_back();
    } else if (c == "_") {
      piece.text += kAnyChar;
      piece.plain = false;
    } else {
      piece.text += c;
    }
  }
  return like;
}

// How many bytes of `text` the piece takes at its beginning.
std::optional<size_t> LikePattern::match_here(const Piece& piece, std::string_view text) {
  if (piece.plain) return text.starts_with(piece.text) ? std::optional(piece.text.size()) : std::nullopt;
  size_t at = 0;
  for (const char c : piece.text) {
    if (at >= text.size()) return std::nullopt;
    if (c == kAnyChar) {
      at += char_size(text[at]);
    } else if (text[at++] != c) {
      return std::nullopt;
    }
  }
  return at;
}

bool LikePattern::matches(std::string_view text) const {
  const Piece& front = pieces_.front();
  if (front.plain) {
    if (!text.starts_with(front.text)) return false;
    text.remove_prefix(front.text.size());
  } else {
    const auto first = match_here(front, text);
    if (!first) return false;
    text.remove_prefix(*first);
  }
  if (pieces_.size() == 1) return text.empty();
  // The pieces in the middle take the first place they fit; only the last is bound to one.
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (piece.plain) {
      const size_t found = find_text(text, piece.text);
      if (found == std::string_view::npos) return false;
      text.remove_prefix(found + piece.text.size());
      continue;
    }
    auto taken = match_here(piece, text);
    while (!taken && !text.empty()) {
      text.remove_prefix(char_size(text.front()));
      taken = match_here(piece, text);
    }
    if (!taken) return false;
    text.remove_prefix(*taken);
  }
  const Piece& last = pieces_.back();
  if (last.plain) return last.text.empty() || text.ends_with(last.text);
  // A piece with _ has a fixed number of characters: go back so many from the end.
  size_t chars = 0;
  for (const char c : last.text) chars += is_continuation(c) ? 0 : 1;
  size_t begin = text.size();
  while (chars > 0 && begin > 0) {
    --begin;
    if (!is_continuation(text[begin])) --chars;
  }
  const auto taken = chars == 0 ? match_here(last, text.substr(begin)) : std::nullopt;
  return taken && begin + *taken == text.size();
}

}  // namespace millrace
