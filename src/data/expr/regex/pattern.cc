#include "data/expr/regex/pattern.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "data/utf8.h"

namespace millrace {
namespace {

constexpr int64_t kCompiledBytesMax = 4 << 20;  // program and automaton of one pattern
constexpr size_t kGroupsOnStack = 16;           // a match that asks for more allocates

// How a text can end, for `$`. At the end of most texts it is just \z; before a final line terminator there is a second
// place, which RE2 can only reach by matching the terminator too: inside a group, to be taken off the match again.
constexpr std::array<std::string_view, 7> kTerminators = {"",         "\r\n",         "\n",          "\r",
                                                          "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

size_t terminator_of(std::string_view text) {
  if (text.empty()) return 0;
  const auto last = static_cast<unsigned char>(text.back());
  if (last > '\r' && last < 0x80) return 0;
  for (size_t i = 1; i < kTerminators.size(); ++i) {
    if (text.ends_with(kTerminators[i])) return i;
  }
  return 0;
}

// RE2's expression for texts that end in one terminator.
struct Variant {
  std::unique_ptr<re2::RE2> re2;
  std::vector<int> groups;  // per group of RE2's, from 0: which of the pattern's; -1: the terminator behind a `$`
};

Variant make_variant(const Translated& translated, size_t terminator, int64_t bytes_max) {
  Variant variant;
  std::string text;
  int group = 0;
  variant.groups.push_back(group);
  for (size_t i = 0; i < translated.re2.size(); ++i) {
    const char c = translated.re2[i];
    std::string_view behind;
    if (c == kDollarMark) behind = kTerminators[terminator];
    if (c == kUnixDollarMark && kTerminators[terminator].ends_with('\n')) behind = "\n";
    if (c == kDollarMark || c == kUnixDollarMark) {
      if (behind.empty()) {
        text += "\\z";
      } else {
        text += fmt::format("(?:\\z|({}\\z))", behind);
        variant.groups.push_back(-1);
      }
      continue;
    }
    if (c == '(' && translated.re2[i + 1] != '?') variant.groups.push_back(++group);
    text += c;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(bytes_max);
  variant.re2 = std::make_unique<re2::RE2>(text, options);
  return variant;
}

// The text that a pattern without anything special stands for, which is found without a matcher.
std::optional<std::string> literal_of(std::string_view pattern) {
  constexpr std::string_view kSpecial = "\\^$.|?*+()[]{}";
  std::string literal;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size() && kSpecial.find(pattern[at + 1]) != std::string_view::npos) {
      ++at;
    } else if (kSpecial.find(pattern[at]) != std::string_view::npos) {
      return std::nullopt;
    }
    literal += pattern[at];
  }
  return literal.empty() ? std::nullopt : std::optional(std::move(literal));
}

}  // namespace

struct JavaPattern::State {
  std::string text;
  Translated translated;
  std::optional<std::string> literal;
  mutable std::array<std::once_flag, kTerminators.size()> made;
  mutable std::array<Variant, kTerminators.size()> variants;

  const Variant& variant(size_t terminator) const {
    std::call_once(made[terminator], [&] {
      // The group for the terminator makes it a little larger than the plain form, which fitted.
      variants[terminator] = make_variant(translated, terminator, 2 * kCompiledBytesMax);
      MILLRACE_ASSERT(variants[terminator].re2->ok(), "a pattern compiles for one ending and not for another");
    });
    return variants[terminator];
  }
  const Variant& variant_for(std::string_view subject) const {
    return variant(translated.has_dollar ? terminator_of(subject) : 0);
  }
};

JavaPattern::Compiled JavaPattern::compile_explained(std::string_view pattern) {
  auto translated = translate_pattern(pattern);
  if (auto* error = std::get_if<PatternError>(&translated)) return {.pattern = {}, .error = std::move(*error)};
  auto state = std::make_shared<State>();
  state->text = pattern;
  state->translated = std::move(std::get<Translated>(translated));
  state->literal = literal_of(pattern);
  Variant plain = make_variant(state->translated, 0, kCompiledBytesMax);
  if (!plain.re2->ok()) {
    if (plain.re2->error_code() == re2::RE2::ErrorPatternTooLarge) {
      return {.pattern = {}, .error = {0, "the pattern is too large once it is compiled", "repeat less, or split it"}};
    }
    return {.pattern = {}, .error = {0, fmt::format("the pattern cannot be translated: {}", plain.re2->error()), ""}};
  }
  std::call_once(state->made[0], [&] { state->variants[0] = std::move(plain); });
  return {.pattern = JavaPattern(std::move(state)), .error = {}};
}

Result<JavaPattern> JavaPattern::compile(std::string_view pattern) {
  Compiled compiled = compile_explained(pattern);
  if (compiled.ok()) return *std::move(compiled.pattern);
  const PatternError& error = compiled.error;
  const size_t place = count_chars(pattern.substr(0, error.at)) + 1;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("the pattern '{}': {} (character {}){}{}", pattern, error.message, place,
                           error.hint.empty() ? "" : "; ", error.hint));
}

bool JavaPattern::find(std::string_view text, size_t from) const {
  if (state_->literal) return text.find(*state_->literal, from) != npos;
  return state_->variant_for(text).re2->Match({text.data(), text.size()}, from, text.size(), re2::RE2::UNANCHORED,
                                              nullptr, 0);
}

bool JavaPattern::find(std::string_view text, size_t from, std::span<Span> spans) const {
  if (state_->literal) {
    const size_t at = text.find(*state_->literal, from);
    if (at == npos) return false;
    std::fill(spans.begin(), spans.end(), Span{});
    if (!spans.empty()) spans[0] = {at, at + state_->literal->size()};
    return true;
  }
  const Variant& variant = state_->variant_for(text);
  // Where a terminator may be taken off, its group is needed whatever the caller asks for.
  const bool trims = variant.groups.size() > static_cast<size_t>(groups()) + 1;
  const size_t wanted = trims ? variant.groups.size() : std::min(spans.size(), variant.groups.size());
  std::array<re2::StringPiece, kGroupsOnStack> on_stack;
  std::vector<re2::StringPiece> on_heap(wanted > kGroupsOnStack ? wanted : 0);
  re2::StringPiece* found = wanted > kGroupsOnStack ? on_heap.data() : on_stack.data();
  if (!variant.re2->Match({text.data(), text.size()}, from, text.size(), re2::RE2::UNANCHORED, found,
                          static_cast<int>(wanted))) {
    return false;
  }
  size_t end_max = npos;
  for (size_t i = 0; i < wanted; ++i) {
    if (variant.groups[i] == -1 && found[i].data() != nullptr) {
      end_max = std::min(end_max, static_cast<size_t>(found[i].data() - text.data()));
    }
  }
  std::fill(spans.begin(), spans.end(), Span{});
  for (size_t i = 0; i < wanted; ++i) {
    const int group = variant.groups[i];
    if (group < 0 || static_cast<size_t>(group) >= spans.size() || found[i].data() == nullptr) continue;
    const auto begin = static_cast<size_t>(found[i].data() - text.data());
    spans[static_cast<size_t>(group)] = {std::min(begin, end_max), std::min(begin + found[i].size(), end_max)};
  }
  return true;
}

bool JavaPattern::matches(std::string_view text) const {
  // `$` stands last, so where all of the text must match it is the very end.
  return state_->variant(0).re2->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

int JavaPattern::groups() const { return state_->translated.groups; }

std::optional<int> JavaPattern::group_named(std::string_view name) const {
  for (const auto& [each, index] : state_->translated.names) {
    if (each == name) return index;
  }
  return std::nullopt;
}

const std::string& JavaPattern::text() const { return state_->text; }

size_t JavaPattern::after_char(std::string_view text, size_t at) {
  return at < text.size() ? at + char_size(text[at]) : at + 1;
}

}  // namespace millrace
