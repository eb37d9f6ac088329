#include "data/expr/functions/pattern_argument.h"

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr size_t kPatternsKeptMax = 32;  // per thread, for patterns that are no constants

const Result<JavaPattern>& compile_kept(std::string_view text) {
  thread_local std::map<std::string, Result<JavaPattern>, std::less<>> kept;
  const auto found = kept.find(text);
  if (found != kept.end()) return found->second;
  if (kept.size() >= kPatternsKeptMax) kept.clear();
  return kept.emplace(std::string(text), JavaPattern::compile(text)).first->second;
}

bool is_name_char(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (!first && c >= '0' && c <= '9');
}

}  // namespace

std::variant<PatternArgument, BindError> PatternArgument::bind(std::span<const BindArg> args, size_t index) {
  PatternArgument argument;
  argument.index_ = index;
  const Column* constant = args[index].constant;
  if (constant != nullptr && !constant->is_null(0) && constant->type.is(TypeKind::kString)) {
    const std::string_view text = constant->string_at(0);
    auto compiled = JavaPattern::compile_explained(text);
    if (!compiled.ok()) {
      return BindError{
          static_cast<int>(index),
          fmt::format("the pattern '{}': {} (byte {})", text, compiled.error.message, compiled.error.at + 1),
          compiled.error.hint};
    }
    argument.constant_ = std::move(compiled.pattern);
  }
  return argument;
}

PatternArgument PatternArgument::constant(std::string_view good_pattern) {
  PatternArgument argument;
  argument.constant_ = JavaPattern::compile(good_pattern).value();
  return argument;
}

const JavaPattern* PatternArgument::at(const Call& call, size_t row) const {
  if (constant_) return &*constant_;
  const Result<JavaPattern>& compiled = compile_kept(call.arg(index_).string_at(row));
  if (compiled.ok()) return &*compiled;
  call.fault(row, compiled.error().message());
  return nullptr;
}

Result<Replacement> Replacement::parse(std::string_view text, const JavaPattern& pattern) {
  const auto wrong = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the replacement '{}' {}", text, why));
  };
  Replacement replacement;
  std::string plain;
  const auto add_group = [&](int group) {
    if (!plain.empty()) replacement.parts_.push_back({.text = std::exchange(plain, {})});
    replacement.parts_.push_back({.group = group});
  };
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      if (++at >= text.size()) return wrong("ends in a '\\' that escapes nothing");
      plain += text[at];
    } else if (text[at] != '$') {
      plain += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '{') {
      size_t end = at + 2;
      while (end < text.size() && is_name_char(text[end], end == at + 2)) ++end;
      if (end >= text.size() || text[end] != '}') return wrong("has a '${' without a name and '}'");
      const auto group = pattern.group_named(text.substr(at + 2, end - at - 2));
      if (!group) return wrong("names a group that the pattern does not have");
      add_group(*group);
      at = end;
    } else {
      const auto digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
      if (!digit(at + 1)) return wrong("has a '$' that no group follows; \\$ is the character");
      int group = text[++at] - '0';
      if (group > pattern.groups()) return wrong(fmt::format("asks for group {} of {}", group, pattern.groups()));
      // More digits belong to the number as long as there is such a group.
      while (digit(at + 1) && group * 10 + (text[at + 1] - '0') <= pattern.groups()) {
        group = group * 10 + (text[++at] - '0');
      }
      add_group(group);
    }
  }
  if (!plain.empty()) replacement.parts_.push_back({.text = std::move(plain)});
  return replacement;
}

}  // namespace millrace
