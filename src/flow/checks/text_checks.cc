// email, uuid, url, phone, length, pattern: properties of texts.
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "data/expr/regex/pattern.h"
#include "data/matchers.h"
#include "data/utf8.h"
#include "flow/checks/column_check.h"
#include "flow/checks/list.h"

namespace millrace {
namespace {

using Matcher = bool (*)(std::string_view);

constexpr std::array kColumnsField = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumns,
     .summary = "The columns that are checked.",
     .example = "[email]",
     .required = true},
});

// Matcher is a constant, so that it is inlined where it can be.
template <Matcher matches>
class MatcherCheck final : public ColumnCheck {
 public:
  MatcherCheck(std::string_view check, std::string_view wanted, const VisibleColumn& column)
      : ColumnCheck(check, column), wanted_(wanted) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    const StringReader text(column);
    for_each_value(column, rows, [&](size_t row) {
      if (matches(text[row])) return;
      faults.push_back(
          {.row = static_cast<uint32_t>(row), .reason = fmt::format("{} is not {}", shown_value(text[row]), wanted_)});
    });
  }

 private:
  std::string_view wanted_;
};

template <Matcher matches>
std::vector<std::unique_ptr<Check>> make_matcher(std::string_view check, std::string_view wanted,
                                                 const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const Node* name : column_names(settings)) {
    const auto column = checked_text_column(check, *name, scope, diagnostics);
    if (column) checks.push_back(std::make_unique<MatcherCheck<matches>>(check, wanted, *column));
  }
  return checks;
}

class LengthCheck final : public ColumnCheck {
 public:
  LengthCheck(const VisibleColumn& column, size_t min, size_t max, std::string range)
      : ColumnCheck("length", column), min_(min), max_(max), range_(std::move(range)) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    const StringReader text(column);
    for_each_value(column, rows, [&](size_t row) {
      const std::string_view value = text[row];
      // A character has one to four bytes: most texts need no counting.
      if (value.size() <= max_ && value.size() / 4 >= min_) return;
      const size_t length = count_chars(value);
      if (length >= min_ && length <= max_) return;
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .reason = fmt::format("{} has {} characters, not {}", shown_value(value), length, range_)});
    });
  }
  std::string explain() const override { return fmt::format("{} {}", name(), range_); }

 private:
  size_t min_;
  size_t max_;
  std::string range_;
};

bool parse_length(const std::optional<std::string>& text, size_t& length) {
  if (!text) return true;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  return error == std::errc() && end == text->data() + text->size();
}

std::vector<std::unique_ptr<Check>> make_length(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const auto& [name, value] : settings.node("columns").entries) {
    const auto column = checked_text_column("length", name, scope, diagnostics);
    const RangeText range = settings.range(value);
    size_t min = 0;
    size_t max = SIZE_MAX;
    if (!parse_length(range.from, min) || !parse_length(range.to, max) || min > max) {
      diagnostics.error(value.place, fmt::format("'{}' is not a range of lengths", value.text), "for example 3..20");
    } else if (column) {
      checks.push_back(std::make_unique<LengthCheck>(*column, min, max, value.text));
    }
  }
  return checks;
}

class PatternCheck final : public ColumnCheck {
 public:
  PatternCheck(const VisibleColumn& column, JavaPattern pattern)
      : ColumnCheck("pattern", column), pattern_(std::move(pattern)) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    const StringReader text(column);
    for_each_value(column, rows, [&](size_t row) {
      if (pattern_.matches(text[row])) return;
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .reason = fmt::format("{} does not match {}", shown_value(text[row]), pattern_.text())});
    });
  }
  std::string explain() const override { return fmt::format("{} {}", name(), pattern_.text()); }

 private:
  JavaPattern pattern_;
};

std::vector<std::unique_ptr<Check>> make_pattern(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const auto& [name, value] : settings.node("columns").entries) {
    const auto column = checked_text_column("pattern", name, scope, diagnostics);
    auto compiled = JavaPattern::compile(value.text);
    if (!compiled.ok()) {
      diagnostics.error(value.place, compiled.error().message());
    } else if (column) {
      checks.push_back(std::make_unique<PatternCheck>(*column, std::move(*compiled)));
    }
  }
  return checks;
}

constexpr std::array kLengthFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnRanges,
     .summary = "Column: how many characters its texts have, both ends included.",
     .example = "{ username: 3..20 }",
     .required = true},
});
constexpr std::array kPatternFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnTexts,
     .summary = "Column: a regular expression as Java has them, that the whole text matches.",
     .example = "{ post_code: \"[0-9]{5}\" }",
     .required = true},
});

}  // namespace

const CheckComponent kEmailCheck = {
    .about = {.kind = ComponentKind::kCheck,
              .name = "email",
              .summary = "Texts that are email addresses.",
              .details = "name@domain with at least one dot in the domain. Null passes.",
              .shorthand = "columns",
              .fields = kColumnsField,
              .example = "email: [email]"},
    .make = [](const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
      return make_matcher<is_email>("email", "an email address", settings, scope, diagnostics);
    }};

const CheckComponent kUuidCheck = {.about = {.kind = ComponentKind::kCheck,
                                             .name = "uuid",
                                             .summary = "Texts that are UUIDs: 8-4-4-4-12 hexadecimal digits.",
                                             .details = "Null passes.",
                                             .shorthand = "columns",
                                             .fields = kColumnsField,
                                             .example = "uuid: [id]"},
                                   .make = [](const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
                                     return make_matcher<is_uuid>("uuid", "a UUID", settings, scope, diagnostics);
                                   }};

const CheckComponent kUrlCheck = {.about = {.kind = ComponentKind::kCheck,
                                            .name = "url",
                                            .summary = "Texts that are web addresses: http:// or https:// and a host.",
                                            .details = "Null passes.",
                                            .shorthand = "columns",
                                            .fields = kColumnsField,
                                            .example = "url: [picture]"},
                                  .make = [](const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
                                    return make_matcher<is_url>("url", "a web address", settings, scope, diagnostics);
                                  }};

const CheckComponent kPhoneCheck = {
    .about = {.kind = ComponentKind::kCheck,
              .name = "phone",
              .summary = "Texts that are phone numbers: 7 to 15 digits with the usual separators.",
              .details = "Null passes.",
              .shorthand = "columns",
              .fields = kColumnsField,
              .example = "phone: [phone]"},
    .make = [](const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
      return make_matcher<is_phone>("phone", "a phone number", settings, scope, diagnostics);
    }};

const CheckComponent kLengthCheck = {.about = {.kind = ComponentKind::kCheck,
                                               .name = "length",
                                               .summary = "Texts with so many characters.",
                                               .details = "Null passes.",
                                               .shorthand = "columns",
                                               .fields = kLengthFields,
                                               .example = "length: { username: 3.. }"},
                                     .make = make_length};

const CheckComponent kPatternCheck = {.about = {.kind = ComponentKind::kCheck,
                                                .name = "pattern",
                                                .summary = "Texts that match a regular expression as a whole.",
                                                .details = "Null passes.",
                                                .shorthand = "columns",
                                                .fields = kPatternFields,
                                                .example = "pattern: { post_code: \"[0-9]{5}\" }"},
                                      .make = make_pattern};

}  // namespace millrace
