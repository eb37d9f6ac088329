// LIKE and regular expressions.
#include <array>
#include <memory>

#include <fmt/format.h>

#include "data/expr/families.h"
#include "data/expr/functions/case_mapping.h"
#include "data/expr/functions/like.h"
#include "data/expr/functions/pattern_argument.h"
#include "data/expr/functions/split.h"
#include "data/expr/functions/text_kernel.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;
using Span = JavaPattern::Span;
constexpr TypeKind kText = TypeKind::kString;
constexpr TypeKind kInt = TypeKind::kInt;
constexpr TypeKind kBool = TypeKind::kBool;

// Binds a function whose pattern is argument 1: make(pattern) gives the kernel.
template <typename F>
BindResult bind_pattern(Args args, Type type, std::vector<Type> types, F make) {
  types.resize(args.size());
  auto pattern = PatternArgument::bind(args, 1);
  if (auto* error = std::get_if<BindError>(&pattern)) return std::move(*error);
  return bound(std::move(type), std::move(types), make(std::get<PatternArgument>(std::move(pattern))));
}

// f(pattern, row, out) for rows without nulls and with a good pattern; appends one row.
template <typename Out, typename F>
Kernel pattern_kernel(PatternArgument argument, Type type, F f) {
  return [argument = std::move(argument), type = std::move(type), f = std::move(f)](const Call& call) {
    return lift_rows<Out>(call, type, [&](size_t row, auto& out) {
      const JavaPattern* pattern = argument.at(call, row);
      if (pattern == nullptr) return out.append_null();
      f(*pattern, call, row, out);
    });
  };
}

// Groups of a match, on the stack for most patterns.
class Spans {
 public:
  explicit Spans(const JavaPattern& pattern) {
    const size_t wanted = static_cast<size_t>(pattern.groups()) + 1;
    if (wanted > few_.size()) many_.resize(wanted);
    all_ = many_.empty() ? std::span<Span>(few_).first(wanted) : std::span<Span>(many_);
  }
  std::span<Span> all() const { return all_; }

 private:
  std::array<Span, 8> few_;
  std::vector<Span> many_;
  std::span<Span> all_;
};

BindResult bind_rlike(Args args) {
  return bind_pattern(args, kBool, {kText, kText}, [](PatternArgument argument) {
    return pattern_kernel<bool>(std::move(argument), kBool,
                                [](const JavaPattern& pattern, const Call& call, size_t row, BoolBuilder& out) {
                                  out.append(pattern.find(call.arg(0).string_at(row)));
                                });
  });
}

// The group an argument asks for; nothing after a fault.
std::optional<size_t> group_of(const JavaPattern& pattern, const Call& call, size_t row) {
  const int32_t group = call.args().size() > 2 ? call.arg(2).at<int32_t>(row) : 1;
  if (group >= 0 && group <= pattern.groups()) return static_cast<size_t>(group);
  call.fault(row, fmt::format("the pattern '{}' has {} groups, there is no group {}", pattern.text(), pattern.groups(),
                              group));
  return std::nullopt;
}

BindResult bind_extract(Args args) {
  return bind_pattern(args, kText, {kText, kText, kInt}, [](PatternArgument argument) {
    return pattern_kernel<std::string>(
        std::move(argument), kText, [](const JavaPattern& pattern, const Call& call, size_t row, StringBuilder& out) {
          const View text = call.arg(0).string_at(row);
          const Spans spans(pattern);
          // Spark looks at the group's number only where there is a match.
          if (!pattern.find(text, 0, spans.all())) return out.append("");
          const auto group = group_of(pattern, call, row);
          if (!group) return out.append_null();
          out.append(spans.all()[*group].of(text));
        });
  });
}

BindResult bind_substr(Args args) {
  return bind_pattern(args, kText, {kText, kText}, [](PatternArgument argument) {
    return pattern_kernel<std::string>(
        std::move(argument), kText, [](const JavaPattern& pattern, const Call& call, size_t row, StringBuilder& out) {
          const View text = call.arg(0).string_at(row);
          Span whole;
          // As in Spark, a match of nothing is none.
          if (!pattern.find(text, 0, {&whole, 1}) || whole.of(text).empty()) return out.append_null();
          out.append(whole.of(text));
        });
  });
}

BindResult bind_count(Args args) {
  return bind_pattern(args, kInt, {kText, kText}, [](PatternArgument argument) {
    return pattern_kernel<int32_t>(
        std::move(argument), kInt, [](const JavaPattern& pattern, const Call& call, size_t row, auto& out) {
          int32_t count = 0;
          Span whole;
          pattern.for_each_match(call.arg(0).string_at(row), {&whole, 1}, [&](auto) { return ++count > 0; });
          out.append(count);
        });
  });
}

// Counted from 1 in UTF-16 units, as Spark does here and nowhere else.
BindResult bind_instr(Args args) {
  return bind_pattern(args, kInt, {kText, kText, kInt}, [](PatternArgument argument) {
    return pattern_kernel<int32_t>(std::move(argument), kInt,
                                   [](const JavaPattern& pattern, const Call& call, size_t row, auto& out) {
                                     const View text = call.arg(0).string_at(row);
                                     Span whole;
                                     if (!pattern.find(text, 0, {&whole, 1})) return out.append(0);
                                     size_t units = 0;
                                     for (size_t at = 0; at < whole.begin; at += char_size(text[at]))
                                       units += char_size(text[at]) == 4 ? 2 : 1;
                                     out.append(static_cast<int32_t>(units) + 1);
                                   });
  });
}

void add_replaced(const JavaPattern& pattern, const Replacement& replacement, View text, StringBuilder& out) {
  const Spans spans(pattern);
  size_t behind = 0;
  pattern.for_each_match(text, spans.all(), [&](std::span<const Span> found) {
    out.add(text.substr(behind, found[0].begin - behind));
    replacement.add_to(out, text, found);
    behind = found[0].end;
    return true;
  });
  out.add(text.substr(behind));
}

// From the character `from` on; what is before it stays, and is not looked at.
void replace_row(const JavaPattern& pattern, const Replacement& replacement, const Call& call, size_t row,
                 StringBuilder& out) {
  const View text = call.arg(0).string_at(row);
  const int32_t from = call.args().size() > 3 ? call.arg(3).at<int32_t>(row) : 1;
  if (from < 1) {
    call.fault(row, fmt::format("the position must be 1 or more, not {}", from));
    return out.append_null();
  }
  const size_t begin = byte_of_char(text, static_cast<size_t>(from) - 1);
  out.add(text.substr(0, begin));
  if (begin < text.size() || from == 1) add_replaced(pattern, replacement, text.substr(begin), out);
  out.end_row();
}

BindResult bind_replace(Args args) {
  if (args.size() > 3 && args[3].type.is(kInt)) {
    const Column* from = known(args[3]);
    if (from != nullptr && from->at<int32_t>(0) < 1) {
      return BindError{3, fmt::format("the position must be 1 or more, not {}", from->at<int32_t>(0)), ""};
    }
  }
  std::shared_ptr<const Replacement> constant;
  const Column* pattern = known(args[1]);
  const Column* with = known(args[2]);
  if (pattern != nullptr && with != nullptr && pattern->type.is(kText) && with->type.is(kText)) {
    const auto compiled = JavaPattern::compile(pattern->string_at(0));
    if (compiled.ok()) {
      auto parsed = Replacement::parse(with->string_at(0), *compiled);
      if (!parsed.ok()) return BindError{2, parsed.error().message(), ""};
      constant = std::make_shared<const Replacement>(*std::move(parsed));
    }
  }
  return bind_pattern(args, kText, {kText, kText, kText, kInt}, [&](PatternArgument argument) {
    return pattern_kernel<std::string>(
        std::move(argument), kText,
        [constant](const JavaPattern& compiled, const Call& call, size_t row, StringBuilder& out) {
          if (constant != nullptr) return replace_row(compiled, *constant, call, row, out);
          const auto parsed = Replacement::parse(call.arg(2).string_at(row), compiled);
          if (parsed.ok()) return replace_row(compiled, *parsed, call, row, out);
          call.fault(row, parsed.error().message());
          out.append_null();
        });
  });
}

// Builds array<string>; the calls a kernel needs of a builder.
class TextLists {
 public:
  explicit TextLists(size_t rows) : offsets_((rows + 1) * sizeof(int32_t)) { offsets_.as<int32_t>()[0] = 0; }
  void add(View text) { texts_.append(text); }
  void end_row(bool valid) {
    validity_.append(valid);
    offsets_.as<int32_t>()[validity_.rows()] = static_cast<int32_t>(texts_.rows());
  }
  size_t rows() const { return validity_.rows(); }
  Column finish() {
    Column column{.type = Type::array(kText), .rows = validity_.rows()};
    column.validity = validity_.finish();
    column.offsets = share(std::move(offsets_));
    column.children.push_back(texts_.finish());
    return column;
  }

 private:
  ValidityBuilder validity_;
  Buffer offsets_;
  StringBuilder texts_;
};

// f(pattern, row, lists) adds the row's texts; false: null.
template <typename F>
Kernel list_kernel(PatternArgument argument, F f) {
  return [argument = std::move(argument), f = std::move(f)](const Call& call) {
    TextLists lists(call.rows().total());
    call.rows().for_each([&](size_t row) {
      while (lists.rows() < row) lists.end_row(false);
      bool valid = true;
      for (const Column& arg : call.args()) valid = valid && !arg.is_null(row);
      const JavaPattern* pattern = valid ? argument.at(call, row) : nullptr;
      lists.end_row(pattern != nullptr && f(*pattern, call, row, lists));
    });
    while (lists.rows() < call.rows().total()) lists.end_row(false);
    return lists.finish();
  };
}

BindResult bind_extract_all(Args args) {
  return bind_pattern(args, Type::array(kText), {kText, kText, kInt}, [](PatternArgument argument) {
    return list_kernel(std::move(argument),
                       [](const JavaPattern& pattern, const Call& call, size_t row, TextLists& lists) {
                         const View text = call.arg(0).string_at(row);
                         const Spans spans(pattern);
                         const auto group = group_of(pattern, call, row);
                         if (!group) return false;
                         pattern.for_each_match(text, spans.all(), [&](std::span<const Span> found) {
                           lists.add(found[*group].of(text));
                           return true;
                         });
                         return true;
                       });
  });
}

bool split(const JavaPattern& pattern, const Call& call, size_t row, TextLists& lists) {
  const int32_t limit = call.args().size() > 2 ? call.arg(2).at<int32_t>(row) : -1;
  for_each_part(pattern, call.arg(0).string_at(row), limit, [&](View part) { lists.add(part); });
  return true;
}

BindResult bind_split(Args args) {
  return bind_pattern(args, Type::array(kText), {kText, kText, kInt},
                      [](PatternArgument argument) { return list_kernel(std::move(argument), split); });
}

Column lowered(const Column& column) {
  StringBuilder out(kText, column.rows);
  for (size_t row = 0; row < (column.constant ? 1 : column.rows); ++row) {
    if (!column.is_null(row)) add_lower(column.string_at(row), out);
    out.end_row();
  }
  Column result = out.finish();
  result.rows = column.rows;
  result.constant = column.constant;
  return result;
}

// The pattern and escape of LIKE are nearly always constants; otherwise the pattern is compiled for each row.
template <bool IgnoreCase>
BindResult bind_like(Args args) {
  std::shared_ptr<const LikePattern> constant;
  const Column* pattern = known(args[1]);
  const Column* escape = args.size() > 2 ? known(args[2]) : nullptr;
  if (pattern != nullptr && pattern->type.is(kText) && (args.size() == 2 || escape != nullptr)) {
    const Column text = IgnoreCase ? lowered(*pattern) : *pattern;
    auto compiled = LikePattern::compile(text.string_at(0), escape != nullptr ? escape->string_at(0) : "\\");
    if (!compiled.ok()) return BindError{1, compiled.error().message(), ""};
    constant = std::make_shared<const LikePattern>(*std::move(compiled));
  }
  const Kernel kernel = [constant](const Call& call) {
    const Column texts = IgnoreCase ? lowered(call.arg(0)) : call.arg(0);
    const Column patterns = IgnoreCase && constant == nullptr ? lowered(call.arg(1)) : call.arg(1);
    const StringReader reader(texts);
    if (constant != nullptr) return fill_bools(call, [&](size_t row) { return constant->matches(reader[row]); });
    return lift_rows<bool>(call, kBool, [&](size_t row, BoolBuilder& out) {
      const View mark = call.args().size() > 2 ? call.arg(2).string_at(row) : "\\";
      const auto compiled = LikePattern::compile(patterns.string_at(row), mark);
      if (compiled.ok()) return out.append(compiled->matches(texts.string_at(row)));
      call.fault(row, compiled.error().message());
      out.append_null();
    });
  };
  return bound(kBool, std::vector<Type>(args.size(), kText), kernel);
}

constexpr std::array kFunctions = {
    Function{"like", "regex", "like(text, pattern [, escape])",
             "Whether a text is as the pattern: % any text, _ one character.", "like('Spark', '_park') -> true", 2, 3,
             bind_like<false>},
    Function{"ilike", "regex", "ilike(text, pattern [, escape])", "The same as like, whatever the case.",
             "ilike('Spark', '_PARK') -> true", 2, 3, bind_like<true>},
    Function{"rlike", "regex", "rlike(text, pattern)", "Whether a regular expression matches somewhere.",
             "rlike('id 42', '[0-9]+') -> true", 2, 2, bind_rlike},
    Function{"regexp", "regex", "regexp(text, pattern)", "Whether a regular expression matches somewhere.",
             "regexp('id 42', '[0-9]+') -> true", 2, 2, bind_rlike},
    Function{"regexp_like", "regex", "regexp_like(text, pattern)", "Whether a regular expression matches somewhere.",
             "regexp_like('id 42', '[0-9]+') -> true", 2, 2, bind_rlike},
    Function{"regexp_extract", "regex", "regexp_extract(text, pattern [, group])",
             "A group of the first match, the first unless said otherwise; empty without a match.",
             "regexp_extract('100-200', '([0-9]+)-([0-9]+)', 2) -> 200", 2, 3, bind_extract},
    Function{"regexp_extract_all", "regex", "regexp_extract_all(text, pattern [, group])", "A group of every match.",
             "regexp_extract_all('1-2, 3-4', '([0-9])-([0-9])', 1) -> [1, 3]", 2, 3, bind_extract_all},
    Function{"regexp_replace", "regex", "regexp_replace(text, pattern, replacement [, from])",
             "Every match replaced; $1 in the replacement is a group.",
             "regexp_replace('a1b22', '[0-9]+', '#') -> a#b#", 3, 4, bind_replace},
    Function{"regexp_count", "regex", "regexp_count(text, pattern)", "How many matches there are.",
             "regexp_count('a1b22', '[0-9]+') -> 2", 2, 2, bind_count},
    Function{"regexp_instr", "regex", "regexp_instr(text, pattern)",
             "Where the first match begins, counted from 1; 0 without one.", "regexp_instr('a1b22', '[0-9]+') -> 2", 2,
             3, bind_instr},
    Function{"regexp_substr", "regex", "regexp_substr(text, pattern)", "The first match; null without one.",
             "regexp_substr('a1b22', '[0-9]{2}') -> 22", 2, 2, bind_substr},
    Function{"split", "regex", "split(text, pattern [, limit])",
             "The parts between the matches, at most `limit` when above 0.",
             "split('oneAtwoBthree', '[AB]') -> [one, two, three]", 2, 3, bind_split},
};

}  // namespace

std::span<const Function> regex_functions() { return kFunctions; }

}  // namespace millrace
