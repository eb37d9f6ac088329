// What is in a text, and single characters.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "data/expr/families.h"
#include "data/expr/functions/text_kernel.h"
#include "data/find_text.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;
constexpr TypeKind kText = TypeKind::kString;
constexpr TypeKind kInt = TypeKind::kInt;

constexpr size_t kLevenshteinCharsMax = 4096;  // the work grows with the product of both lengths

template <bool (*Test)(View, View)>
BindResult bind_test(Args args) {
  const Type in = std::all_of(args.begin(), args.end(), is_binary) ? TypeKind::kBinary : kText;
  return bound(TypeKind::kBool, {in, in}, lift<bool, View, View>(TypeKind::kBool, Test));
}

bool contains(View text, View part) { return find_text(text, part) != View::npos; }
bool starts_with(View text, View part) { return text.starts_with(part); }
bool ends_with(View text, View part) { return text.ends_with(part); }

// Counted in characters from 1; 0: not there. An empty part is found at 1, wherever the search begins.
int32_t locate(View part, View text, int32_t from) {
  if (from < 1) return 0;
  if (part.empty()) return 1;
  const size_t found = find_text(text, part, byte_of_char(text, static_cast<size_t>(from) - 1));
  return found == View::npos ? 0 : static_cast<int32_t>(count_chars(text.substr(0, found))) + 1;
}

BindResult bind_instr(Args) {
  return bound(kInt, {kText, kText},
               lift<int32_t, View, View>(kInt, [](View text, View part) { return locate(part, text, 1); }));
}

BindResult bind_locate(Args args) {
  if (args.size() == 2) {
    return bound(kInt, {kText, kText},
                 lift<int32_t, View, View>(kInt, [](View part, View text) { return locate(part, text, 1); }));
  }
  return bound(kInt, {kText, kText, kInt}, lift<int32_t, View, View, int32_t>(kInt, locate));
}

int32_t find_in_set(View word, View list) {
  if (word.find(',') != View::npos) return 0;
  for (int32_t place = 1;; ++place) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return place;
    if (comma == View::npos) return 0;
    list.remove_prefix(comma + 1);
  }
}

BindResult bind_find_in_set(Args) { return bound(kInt, {kText, kText}, lift<int32_t, View, View>(kInt, find_in_set)); }

void add_part(TextRow& row, View text, View delimiter, int32_t place) {
  if (place == 0) return row.fault("the part's number must not be 0");
  if (delimiter.empty()) {
    if (place == 1 || place == -1) row.out.add(text);
    return;
  }
  if (place < 0) {
    int64_t parts = 1;
    for (size_t at = find_text(text, delimiter); at != View::npos;) {
      ++parts;
      at = find_text(text, delimiter, at + delimiter.size());
    }
    if (-int64_t{place} > parts) return;
    place = static_cast<int32_t>(parts + place + 1);
  }
  while (place > 1) {
    const size_t found = find_text(text, delimiter);
    if (found == View::npos) return;
    text.remove_prefix(found + delimiter.size());
    --place;
  }
  row.out.add(text.substr(0, find_text(text, delimiter)));
}

BindResult bind_split_part(Args) {
  return bound(kText, {kText, kText, kInt}, text_kernel<View, View, int32_t>(kText, add_part));
}

BindResult bind_ascii(Args) {
  return bound(kInt, {kText}, lift<int32_t, View>(kInt, [](View text) {
                 size_t at = 0;
                 return text.empty() ? 0 : static_cast<int32_t>(next_char(text, at));
               }));
}

BindResult bind_chr(Args) {
  return bound(kText, {TypeKind::kBigint}, text_kernel<int64_t>(kText, [](TextRow& row, int64_t code) {
                 if (code >= 0) row.out.commit(put_char(static_cast<char32_t>(code & 0xff), row.out.room(4)));
               }));
}

// Two rows of the table of distances, in space the thread keeps.
int32_t levenshtein(View a, View b) {
  thread_local std::vector<char32_t> from;
  thread_local std::vector<char32_t> to;
  thread_local std::vector<int32_t> costs;
  const auto read = [](View text, std::vector<char32_t>& chars) {
    chars.clear();
    for (size_t at = 0; at < text.size();) chars.push_back(next_char(text, at));
  };
  read(a, from);
  read(b, to);
  costs.resize(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j) costs[j] = static_cast<int32_t>(j);
  for (size_t i = 0; i < from.size(); ++i) {
    int32_t diagonal = costs[0]++;
    for (size_t j = 0; j < to.size(); ++j) {
      const int32_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = costs[j + 1];
      costs[j + 1] = std::min({replaced, costs[j] + 1, diagonal + 1});
    }
  }
  return costs[to.size()];
}

Result<int32_t> checked_levenshtein(View a, View b) {
  if (count_chars(a) > kLevenshteinCharsMax || count_chars(b) > kLevenshteinCharsMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("levenshtein takes texts of at most {} characters", kLevenshteinCharsMax));
  }
  return levenshtein(a, b);
}

BindResult bind_levenshtein(Args args) {
  if (args.size() == 2) {
    return bound(kInt, {kText, kText}, lift_faulting<int32_t, View, View>(kInt, checked_levenshtein));
  }
  return bound(kInt, {kText, kText, kInt},
               lift_faulting<int32_t, View, View, int32_t>(kInt, [](View a, View b, int32_t max) -> Result<int32_t> {
                 TRY(distance, checked_levenshtein(a, b));
                 return distance <= max ? distance : -1;
               }));
}

void add_soundex(TextRow& row, View text) {
  // 0: a vowel, which parts equal digits; 7: H and W, which do not.
  constexpr View kDigits = "01230127022455012623017202";
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.empty()) return;
  if (!is_letter(upper(text[0]))) return row.out.add(text);
  char code[4] = {upper(text[0]), '0', '0', '0'};
  char before = kDigits[static_cast<size_t>(code[0] - 'A')];
  size_t filled = 1;
  for (size_t i = 1; i < text.size() && filled < 4; ++i) {
    const char c = upper(text[i]);
    if (!is_letter(c)) {
      before = '0';
      continue;
    }
    const char digit = kDigits[static_cast<size_t>(c - 'A')];
    if (digit == '7') continue;
    if (digit != '0' && digit != before) code[filled++] = digit;
    before = digit;
  }
  row.out.add(View(code, 4));
}

BindResult bind_soundex(Args) { return bound(kText, {kText}, text_kernel<View>(kText, add_soundex)); }

bool luhn_check(View digits) {
  int sum = 0;
  bool twice = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
    if (*at < '0' || *at > '9') return false;
    int value = *at - '0';
    if (twice) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return !digits.empty() && sum % 10 == 0;
}

BindResult bind_luhn_check(Args) {
  return bound(TypeKind::kBool, {kText}, lift<bool, View>(TypeKind::kBool, luhn_check));
}

// Only the chosen value must not be null.
BindResult bind_elt(Args args) {
  std::vector<Type> types(args.size(), kText);
  types[0] = kInt;
  const Kernel kernel = [](const Call& call) {
    const Call index_only(call.args().first(1), call.rows(), call.context(), nullptr);
    return lift_rows<std::string>(index_only, kText, [&](size_t row, StringBuilder& out) {
      const int32_t index = call.arg(0).at<int32_t>(row);
      if (index < 1 || static_cast<size_t>(index) >= call.args().size()) {
        call.fault(row, fmt::format("there is no value number {} among {}", index, call.args().size() - 1));
        return out.append_null();
      }
      const Column& chosen = call.arg(static_cast<size_t>(index));
      if (chosen.is_null(row)) return out.append_null();
      out.append(chosen.string_at(row));
    });
  };
  return bound(kText, std::move(types), kernel);
}

constexpr std::array kFunctions = {
    Function{"contains", "string", "contains(text, part)", "Whether a text has a part.",
             "contains('Spark SQL', 'Spark') -> true", 2, 2, bind_test<contains>},
    Function{"startswith", "string", "startswith(text, part)", "Whether a text begins with a part.",
             "startswith('Spark SQL', 'Spark') -> true", 2, 2, bind_test<starts_with>},
    Function{"endswith", "string", "endswith(text, part)", "Whether a text ends with a part.",
             "endswith('Spark SQL', 'SQL') -> true", 2, 2, bind_test<ends_with>},
    Function{"instr", "string", "instr(text, part)", "Where a part begins, counted from 1; 0 when it is not there.",
             "instr('SparkSQL', 'SQL') -> 6", 2, 2, bind_instr},
    Function{"locate", "string", "locate(part, text [, from])",
             "Where a part begins, counted from 1; 0 when it is not there.", "locate('bar', 'foobarbar', 5) -> 7", 2, 3,
             bind_locate},
    Function{"position", "string", "position(part, text [, from])",
             "Where a part begins, counted from 1; 0 when it is not there.", "position('bar', 'foobarbar') -> 4", 2, 3,
             bind_locate},
    Function{"find_in_set", "string", "find_in_set(word, list)", "The place of a word in a list parted by commas.",
             "find_in_set('ab', 'abc,b,ab,c') -> 3", 2, 2, bind_find_in_set},
    Function{"split_part", "string", "split_part(text, delimiter, number)",
             "The part of that number, from the end when negative; empty when there is none.",
             "split_part('11.12.13', '.', 3) -> 13", 3, 3, bind_split_part},
    Function{"ascii", "string", "ascii(text)", "The number of the first character.", "ascii('2') -> 50", 1, 1,
             bind_ascii},
    Function{"chr", "string", "chr(number)", "The character of a number, modulo 256.", "chr(65) -> A", 1, 1, bind_chr},
    Function{"char", "string", "char(number)", "The character of a number, modulo 256.", "char(65) -> A", 1, 1,
             bind_chr},
    Function{"levenshtein", "string", "levenshtein(a, b [, max])",
             "How many characters to add, remove or replace between two texts; -1 above a maximum.",
             "levenshtein('kitten', 'sitting') -> 3", 2, 3, bind_levenshtein},
    Function{"soundex", "string", "soundex(text)", "How an English word sounds: a letter and three digits.",
             "soundex('Miller') -> M460", 1, 1, bind_soundex},
    Function{"luhn_check", "string", "luhn_check(digits)", "Whether a number's check digit is right by Luhn's formula.",
             "luhn_check('8112189876') -> true", 1, 1, bind_luhn_check},
    Function{"elt", "string", "elt(number, text, ...)", "The text of that number, counted from 1.",
             "elt(2, 'scala', 'java') -> java", 2, -1, bind_elt},
};

}  // namespace

std::span<const Function> string_search_functions() { return kFunctions; }

}  // namespace millrace
