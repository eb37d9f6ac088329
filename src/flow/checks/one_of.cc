#include <array>
#include <cstring>

#include <fmt/format.h>

#include "flow/checks/column_check.h"
#include "flow/checks/list.h"

namespace millrace {
namespace {

constexpr size_t kShownWordsMax = 10;

// A fixed set of words; a lookup hashes the length and the ends of a text, and compares with at most a few words.
class WordSet {
 public:
  explicit WordSet(std::vector<std::string> words) : words_(std::move(words)) {
    size_t size = 4;
    while (size < words_.size() * 4) size *= 2;
    slots_.assign(size, kEmpty);
    for (size_t i = 0; i < words_.size(); ++i) {
      size_t at = hash(words_[i]) & (size - 1);
      while (slots_[at] != kEmpty) at = (at + 1) & (size - 1);
      slots_[at] = static_cast<uint32_t>(i);
    }
  }

  bool contains(std::string_view text) const {
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash(text) & mask; slots_[at] != kEmpty; at = (at + 1) & mask) {
      if (words_[slots_[at]] == text) return true;
    }
    return false;
  }
  const std::vector<std::string>& words() const { return words_; }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;

  static size_t hash(std::string_view text) {
    uint64_t head = 0;
    uint64_t tail = 0;
    const size_t size = text.size() < 8 ? text.size() : 8;
    if (size > 0) {
      std::memcpy(&head, text.data(), size);
      std::memcpy(&tail, text.data() + text.size() - size, size);
    }
    uint64_t mixed = (head ^ (tail * 0x9e3779b97f4a7c15ULL) ^ text.size()) * 0xff51afd7ed558ccdULL;
    mixed ^= mixed >> 33;
    return static_cast<size_t>(mixed);
  }

  std::vector<std::string> words_;
  std::vector<uint32_t> slots_;
};

class OneOfCheck final : public ColumnCheck {
 public:
  OneOfCheck(const VisibleColumn& column, std::vector<std::string> words)
      : ColumnCheck("one_of", column), is_text_(column.type.is(TypeKind::kString)), set_(std::move(words)) {
    const auto& all = set_.words();
    const auto shown = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kShownWordsMax));
    list_ = fmt::format("{}{}", fmt::join(all.begin(), shown, ", "), shown == all.end() ? "" : ", ...");
  }

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    const auto fault = [&](size_t row) {
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .reason = fmt::format("{} is not one of {}", shown_value(column, row), list_)});
    };
    if (is_text_) {
      const StringReader text(column);
      for_each_value(column, rows, [&](size_t row) {
        if (!set_.contains(text[row])) fault(row);
      });
    } else {
      for_each_value(column, rows, [&](size_t row) {
        if (!set_.contains(format_value(column, row))) fault(row);
      });
    }
  }
  std::string explain() const override { return fmt::format("{} {}", name(), list_); }

 private:
  bool is_text_;
  WordSet set_;
  std::string list_;
};

std::vector<std::unique_ptr<Check>> make_one_of(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const auto& [name, value] : settings.node("columns").entries) {
    const auto column = checked_column(name, scope, diagnostics);
    if (!column) continue;
    // Texts as values are written: not a matter of digits behind a point.
    const TypeKind kind = column->type.kind();
    if (kind != TypeKind::kString && kind != TypeKind::kInt && kind != TypeKind::kBigint && kind != TypeKind::kBool &&
        kind != TypeKind::kDate) {
      diagnostics.error(name.place,
                        fmt::format("'{}' is {}, and one_of looks at texts, whole numbers, booleans and dates",
                                    name.text, column->type.text()),
                        "write a rule instead");
      continue;
    }
    std::vector<std::string> words;
    for (const Node& item : value.items) words.push_back(item.text);
    checks.push_back(std::make_unique<OneOfCheck>(*column, std::move(words)));
  }
  return checks;
}

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnLists,
     .summary = "Column: the values that it may have, compared exactly.",
     .example = "{ gender: [male, female] }",
     .required = true},
});

}  // namespace

const CheckComponent kOneOfCheck = {.about = {.kind = ComponentKind::kCheck,
                                              .name = "one_of",
                                              .summary = "Values out of a list.",
                                              .details = "Null passes.",
                                              .shorthand = "columns",
                                              .fields = kFields,
                                              .example = "one_of: { gender: [male, female] }"},
                                    .make = make_one_of};

}  // namespace millrace
