#include "connect/kafka/offset_note.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace millrace {
namespace {

// "millrace1 STAMP", and behind another space the books as Checkpoint writes them.
constexpr std::string_view kBegin = "millrace1 ";

}  // namespace

std::string OffsetNote::to_text() const {
  std::string text = fmt::format("{}{}", kBegin, stamp_us);
  if (books) text += ' ' + books->to_bytes();
  return text;
}

Result<OffsetNote> OffsetNote::from_text(std::string_view text) {
  OffsetNote note;
  if (text.empty()) return note;
  const auto damaged = [&](std::string_view why) {
    return Error(ErrorCode::kCorruption, fmt::format("the metadata of a committed offset is not millrace's: {}", why));
  };
  if (!text.starts_with(kBegin)) return damaged(fmt::format("it does not begin with '{}'", kBegin));
  text.remove_prefix(kBegin.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), note.stamp_us);
  if (error != std::errc()) return damaged("it has no stamp");
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.empty()) return note;
  if (text[0] != ' ') return damaged("its stamp is not a number");
  TRY(books, Checkpoint::from_bytes(text.substr(1)));
  note.books = std::move(books);
  return note;
}

void add_books(Checkpoint& sum, const Checkpoint& books) {
  if (books.generation < sum.generation) return;
  if (books.generation > sum.generation) {
    Position position = std::move(sum.position);
    sum = books;
    sum.position = std::move(position);
    return;
  }
  sum.ledger += books.ledger;
  for (const auto& [name, counts] : books.checks) {
    sum.checks[name].checked += counts.checked;
    sum.checks[name].failed += counts.failed;
  }
  sum.rereadings = std::max(sum.rereadings, books.rereadings);
  if (books.run_id > sum.run_id) {  // they sort by time
    sum.run_id = books.run_id;
    sum.run_done = books.run_done;
  }
  if (sum.left_quarantine.empty()) sum.left_quarantine = books.left_quarantine;
  if (!sum.replay) sum.replay = books.replay;
}

}  // namespace millrace
