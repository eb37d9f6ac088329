#include <array>
#include <optional>

#include <fmt/format.h>

#include "data/expr/families.h"
#include "data/expr/functions/text_kernel.h"
#include "data/unicode.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;
constexpr TypeKind kText = TypeKind::kString;

// What stands in for a kind of character; nothing: it stays.
struct Masks {
  std::optional<char32_t> upper = U'X', lower = U'x', digit = U'n', other;

  const std::optional<char32_t>& of(char32_t c) const {
    if (c < 0x80) {
      if (c >= 'a' && c <= 'z') return lower;
      if (c >= 'A' && c <= 'Z') return upper;
      return c >= '0' && c <= '9' ? digit : other;
    }
    // Spark looks at UTF-16 units, and half a pair is of no kind.
    if (c >= 0x10000) return other;
    switch (category_of(c)) {
      case Category::kLu: return upper;
      case Category::kLl: return lower;
      case Category::kNd: return digit;
      default: return other;
    }
  }
};

void add_masked(const Masks& masks, View text, StringBuilder& out) {
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_char(text, at);
    const auto& mask = masks.of(c);
    char* to = out.room(8);
    size_t size = put_char(mask.value_or(c), to);
    if (mask && c >= 0x10000) size += put_char(*mask, to + size);
    out.commit(size);
  }
}

BindResult bind_mask(Args args) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].type.is(kText) || args[i].type.is(TypeKind::kNull)) continue;
    return BindError{static_cast<int>(i), fmt::format("a text is wanted, this is {}", args[i].type.text()),
                     "cast it to string"};
  }
  Masks masks;
  const std::array<std::optional<char32_t>*, 4> places = {&masks.upper, &masks.lower, &masks.digit, &masks.other};
  for (size_t i = 1; i < args.size(); ++i) {
    const int argument = static_cast<int>(i);
    if (args[i].constant == nullptr) return BindError{argument, "what masks must be a constant", ""};
    if (args[i].constant->is_null(0)) {
      places[i - 1]->reset();
      continue;
    }
    const View text = args[i].constant->string_at(0);
    if (count_chars(text) != 1) return BindError{argument, "what masks must be one character, or NULL to keep", ""};
    size_t at = 0;
    *places[i - 1] = next_char(text, at);
  }
  const Kernel kernel = [masks](const Call& call) {
    const Call text_only(call.args().first(1), call.rows(), call.context(), nullptr);
    const StringReader texts(call.arg(0));
    return lift_rows<std::string>(text_only, kText, [&](size_t row, StringBuilder& out) {
      add_masked(masks, texts[row], out);
      out.end_row();
    });
  };
  return bound(kText, std::vector<Type>(args.size(), kText), kernel);
}

constexpr std::array kFunctions = {
    Function{"mask", "mask", "mask(text [, upper [, lower [, digit [, other]]]])",
             "Capitals become X, small letters x and digits n, or what is given; NULL keeps.", "mask('Ab-12') -> Xx-nn",
             1, 5, bind_mask},
};

}  // namespace

std::span<const Function> mask_functions() { return kFunctions; }

}  // namespace millrace
