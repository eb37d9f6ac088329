// Texts taken apart and put together.
#include <algorithm>
#include <array>
#include <optional>

#include "data/expr/families.h"
#include "data/expr/functions/case_mapping.h"
#include "data/expr/functions/collection_binds.h"
#include "data/expr/functions/text_kernel.h"
#include "data/find_text.h"
#include "data/padded_copy.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;
constexpr TypeKind kText = TypeKind::kString;

// The bytes of all rows of a column of texts, from that of the first row on.
View all_bytes(const Column& column) {
  if (column.rows == 0) return {};
  const auto* const offsets = column.offsets->as<int32_t>();
  const auto begin = static_cast<size_t>(offsets[0]);
  return {column.values->as<char>() + begin, static_cast<size_t>(offsets[column.constant ? 1 : column.rows]) - begin};
}

bool is_ascii_column(const Column& column) { return is_ascii(all_bytes(column)); }

// Columns that are ASCII are mapped as one text: nothing moves.
template <void (*Map)(View, StringBuilder&), void (*MapAscii)(View, char*)>
BindResult bind_mapping(Args) {
  return bound(kText, {kText}, [](const Call& call) {
    const View bytes = all_bytes(call.arg(0));
    if (!is_ascii(bytes)) {
      return text_kernel<View>(kText, [](TextRow& row, View text) { Map(text, row.out); })(call);
    }
    Column out = call.arg(0);
    const size_t before = bytes.empty() ? 0 : static_cast<size_t>(bytes.data() - out.values->as<char>());
    Buffer mapped(before + bytes.size());
    MapAscii(bytes, mapped.as<char>() + before);
    out.values = share(std::move(mapped));
    return out;
  });
}

BindResult bind_title(Args) {
  return bound(kText, {kText}, text_kernel<View>(kText, [](TextRow& row, View text) { add_title(text, row.out); }));
}

// Most columns are ASCII, where characters need no counting.
BindResult bind_char_length(Args args) {
  const bool binary = is_binary(args[0]);
  return bound(TypeKind::kInt, {binary ? TypeKind::kBinary : kText}, [binary](const Call& call) {
    const StringReader texts(call.arg(0));
    if (binary || is_ascii_column(call.arg(0))) {
      return fill_all<int32_t>(call, TypeKind::kInt,
                               [&](size_t row) { return static_cast<int32_t>(texts[row].size()); });
    }
    return fill_rows<int32_t>(call, TypeKind::kInt, [&](size_t row, int32_t& out) {
      out = static_cast<int32_t>(count_chars(texts[row]));
      return true;
    });
  });
}

template <int Factor>
BindResult bind_octet_length(Args args) {
  const Type in = is_binary(args[0]) ? TypeKind::kBinary : kText;
  return bound(TypeKind::kInt, {in}, lift<int32_t, View>(TypeKind::kInt, [](View text) {
                 return static_cast<int32_t>(text.size()) * Factor;
               }));
}

bool has_char(View chars, View c) {
  for (size_t at = 0; at < chars.size(); at += char_size(chars[at])) {
    if (chars.substr(at, char_size(chars[at])) == c) return true;
  }
  return false;
}

View trimmed(View text, View chars, bool at_left, bool at_right) {
  size_t begin = 0;
  size_t end = text.size();
  while (at_left && begin < end && has_char(chars, text.substr(begin, char_size(text[begin])))) {
    begin += char_size(text[begin]);
  }
  while (at_right && end > begin) {
    size_t last = end - 1;
    while (last > begin && is_continuation(text[last])) --last;
    if (!has_char(chars, text.substr(last, end - last))) break;
    end = last;
  }
  return text.substr(begin, end - begin);
}

View without_spaces(View text, bool at_left, bool at_right) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  while (at_left && begin < end && *begin == ' ') ++begin;
  while (at_right && begin < end && end[-1] == ' ') --end;
  return {begin, static_cast<size_t>(end - begin)};
}

template <bool Left, bool Right, bool CharsFirst>
BindResult bind_trim(Args args) {
  if (args.size() == 1) {
    return bound(kText, {kText}, text_kernel<View>(kText, [](TextRow& row, View text) {
                   add_padded(without_spaces(text, Left, Right), row.out);
                 }));
  }
  return bound(kText, {kText, kText}, lift<std::string, View, View>(kText, [](View a, View b) {
                 return CharsFirst ? trimmed(b, a, Left, Right) : trimmed(a, b, Left, Right);
               }));
}

// The characters from `begin` up to `end`, counted from 0; what lies outside of the text is left out.
View chars_between(View text, int64_t begin, int64_t end) {
  if (end <= std::max<int64_t>(begin, 0)) return {};
  const auto first = static_cast<size_t>(std::max<int64_t>(begin, 0));
  if (first >= text.size()) return {};
  const size_t from = byte_of_char(text, first);
  const View rest = text.substr(from);
  return rest.substr(0, byte_of_char(rest, static_cast<size_t>(end) - first));
}

// SQL's positions: from 1, or from the end when negative; 0 is as 1.
View substring(View text, int32_t from, int64_t length, bool bytes) {
  const auto count = [&] { return static_cast<int64_t>(bytes ? text.size() : count_chars(text)); };
  const int64_t begin = from > 0 ? int64_t{from} - 1 : from < 0 ? count() + from : 0;
  const int64_t end = begin + length;
  if (!bytes) return chars_between(text, begin, end);
  const int64_t size = static_cast<int64_t>(text.size());
  const int64_t first = std::clamp<int64_t>(begin, 0, size);
  const int64_t last = std::clamp<int64_t>(end, first, size);
  return text.substr(static_cast<size_t>(first), static_cast<size_t>(last - first));
}

// take(text, bytes, number...) gives a part of the text; `bytes`: characters are bytes, as they are in most columns.
template <typename... In, typename F>
Binding bind_part(Args args, const Type& type, F take) {
  std::vector<Type> types = {type};
  types.resize(args.size(), TypeKind::kInt);
  return bound(type, std::move(types), [type, take](const Call& call) {
    const bool bytes = type.is(TypeKind::kBinary) || is_ascii_column(call.arg(0));
    return text_kernel<View, In...>(type, [bytes, take](TextRow& row, View text, In... in) {
      add_padded(take(text, bytes, in...), row.out);
    })(call);
  });
}

Type bytes_or_text(const BindArg& arg) { return is_binary(arg) ? TypeKind::kBinary : kText; }

BindResult bind_substring(Args args) {
  const Type type = bytes_or_text(args[0]);
  if (args.size() == 2) {
    return bind_part<int32_t>(
        args, type, [](View text, bool bytes, int32_t from) { return substring(text, from, INT32_MAX, bytes); });
  }
  return bind_part<int32_t, int32_t>(
      args, type, [](View text, bool bytes, int32_t from, int32_t n) { return substring(text, from, n, bytes); });
}

BindResult bind_left(Args args) {
  return bind_part<int32_t>(args, bytes_or_text(args[0]),
                            [](View text, bool bytes, int32_t n) { return substring(text, 1, n, bytes); });
}

BindResult bind_right(Args args) {
  return bind_part<int32_t>(args, kText, [](View text, bool bytes, int32_t n) {
    return n <= 0 ? View() : substring(text, -n, INT32_MAX, bytes);
  });
}

View substring_index(View text, View delimiter, int32_t count) {
  if (count == 0 || delimiter.empty()) return {};
  if (count > 0) {
    size_t at = 0;
    for (; count > 0; --count) {
      const size_t found = find_text(text, delimiter, at);
      if (found == View::npos) return text;
      if (count == 1) return text.substr(0, found);
      at = found + 1;
    }
  }
  size_t end = text.size();
  for (; count < 0; ++count) {
    if (end < delimiter.size()) return text;
    const size_t found = text.rfind(delimiter, end - delimiter.size());
    if (found == View::npos) return text;
    if (count == -1) return text.substr(found + delimiter.size());
    if (found == 0) return text;
    end = found + delimiter.size() - 1;
  }
  return text;
}

BindResult bind_substring_index(Args) {
  return bound(kText, {kText, kText, TypeKind::kInt}, lift<std::string, View, View, int32_t>(kText, substring_index));
}

// One pass over the columns, row by row; null as soon as one value is.
BindResult bind_concat(Args args) {
  if (std::any_of(args.begin(), args.end(), [](const BindArg& arg) { return arg.type.is(TypeKind::kArray); })) {
    return collection::bind_concat_arrays(args);
  }
  const bool bytes = !args.empty() && std::all_of(args.begin(), args.end(), is_binary);
  const Type type = bytes ? TypeKind::kBinary : kText;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].type.is_nested()) return BindError{static_cast<int>(i), "concat takes texts or arrays", ""};
  }
  const Kernel kernel = [type](const Call& call) {
    std::vector<StringReader> readers;
    for (const Column& arg : call.args()) readers.emplace_back(arg);
    return lift_rows<std::string>(call, type, [&](size_t row, StringBuilder& out) {
      size_t size = 0;
      for (const StringReader& reader : readers) size += reader[row].size();
      char* to = out.room(size);
      for (const StringReader& reader : readers) to = copy_padded(to, reader[row]);
      out.commit(size);
      out.end_row();
    });
  };
  return bound(type, std::vector<Type>(args.size(), type), kernel);
}

void add_joined(const Call& call, size_t row, StringBuilder& out) {
  const View separator = call.arg(0).string_at(row);
  bool first = true;
  const auto add = [&](View piece) {
    if (!first) out.add(separator);
    first = false;
    out.add(piece);
  };
  for (const Column& arg : call.args().subspan(1)) {
    if (arg.is_null(row)) continue;
    if (!arg.type.is(TypeKind::kArray)) {
      add(arg.string_at(row));
      continue;
    }
    const Column::Range range = arg.range_at(row);
    for (size_t at = range.begin; at < range.end; ++at) {
      if (!arg.children[0].is_null(at)) add(arg.children[0].string_at(at));
    }
  }
}

BindResult bind_concat_ws(Args args) {
  std::vector<Type> types = {kText};
  for (const BindArg& arg : args.subspan(1)) {
    types.push_back(arg.type.is(TypeKind::kArray) ? Type::array(kText) : Type(kText));
  }
  const Kernel kernel = [](const Call& call) {
    StringBuilder out(kText, call.rows().total());
    for (size_t row = 0, next = 0; row < call.rows().total(); ++row) {
      const bool wanted =
          call.rows().is_all() || (next < call.rows().count() && call.rows().indices()[next] == row && ++next > 0);
      if (!wanted || call.arg(0).is_null(row)) {
        out.append_null();
        continue;
      }
      add_joined(call, row, out);
      out.end_row();
    }
    return out.finish();
  };
  return bound(kText, std::move(types), kernel);
}

// The filling repeated to `chars` characters.
void add_filling(View pad, size_t chars, StringBuilder& out) {
  const size_t pad_chars = count_chars(pad);
  for (; chars >= pad_chars; chars -= pad_chars) out.add(pad);
  out.add(pad.substr(0, byte_of_char(pad, chars)));
}

template <bool Left>
void pad_text(TextRow& row, View text, int32_t length, View pad) {
  if (length <= 0) return;
  const auto wanted = static_cast<size_t>(length);
  const size_t chars = count_chars(text);
  if (chars >= wanted || pad.empty()) return row.out.add(text.substr(0, byte_of_char(text, wanted)));
  if (!row.fits((wanted - chars) / count_chars(pad) * pad.size() + text.size())) return;
  if (Left) add_filling(pad, wanted - chars, row.out);
  row.out.add(text);
  if (!Left) add_filling(pad, wanted - chars, row.out);
}

template <bool Left>
BindResult bind_pad(Args args) {
  if (args.size() == 3) {
    return bound(kText, {kText, TypeKind::kInt, kText}, text_kernel<View, int32_t, View>(kText, pad_text<Left>));
  }
  return bound(
      kText, {kText, TypeKind::kInt},
      text_kernel<View, int32_t>(kText, [](TextRow& row, View text, int32_t n) { pad_text<Left>(row, text, n, " "); }));
}

void add_repeated(TextRow& row, View text, int32_t count) {
  if (count <= 0 || !row.fits(text.size() * static_cast<size_t>(count))) return;
  for (int32_t i = 0; i < count; ++i) row.out.add(text);
}

BindResult bind_repeat(Args) {
  return bound(kText, {kText, TypeKind::kInt}, text_kernel<View, int32_t>(kText, add_repeated));
}

BindResult bind_space(Args) {
  return bound(kText, {TypeKind::kInt},
               text_kernel<int32_t>(kText, [](TextRow& row, int32_t count) { add_repeated(row, " ", count); }));
}

void add_replaced(TextRow& row, View text, View search, View replacement) {
  if (search.empty()) return row.out.add(text);
  size_t at = 0;
  for (size_t found = find_text(text, search); found != View::npos; found = find_text(text, search, at)) {
    row.out.add(text.substr(at, found - at));
    row.out.add(replacement);
    at = found + search.size();
  }
  row.out.add(text.substr(at));
}

BindResult bind_replace(Args args) {
  if (args.size() == 3) return bound(kText, {kText, kText, kText}, text_kernel<View, View, View>(kText, add_replaced));
  return bound(kText, {kText, kText}, text_kernel<View, View>(kText, [](TextRow& row, View text, View search) {
                 add_replaced(row, text, search, "");
               }));
}

void add_translated(TextRow& row, View text, View from, View to) {
  for (size_t at = 0; at < text.size();) {
    const View c = text.substr(at, char_size(text[at]));
    at += c.size();
    size_t in_from = 0;
    size_t in_to = 0;
    while (in_from < from.size() && from.substr(in_from, char_size(from[in_from])) != c) {
      in_from += char_size(from[in_from]);
      if (in_to < to.size()) in_to += char_size(to[in_to]);
    }
    if (in_from >= from.size()) {
      row.out.add(c);
    } else if (in_to < to.size()) {
      row.out.add(to.substr(in_to, char_size(to[in_to])));
    }
  }
}

BindResult bind_translate(Args) {
  return bound(kText, {kText, kText, kText}, text_kernel<View, View, View>(kText, add_translated));
}

void add_overlaid(TextRow& row, View text, View over, int32_t from, int32_t length) {
  const int64_t behind = int64_t{from} + (length >= 0 ? length : static_cast<int64_t>(count_chars(over)));
  row.out.add(substring(text, 1, int64_t{from} - 1, false));
  row.out.add(over);
  row.out.add(
      substring(text, static_cast<int32_t>(std::clamp<int64_t>(behind, INT32_MIN, INT32_MAX)), INT32_MAX, false));
}

BindResult bind_overlay(Args args) {
  const Type number = TypeKind::kInt;
  if (args.size() == 4) {
    return bound(kText, {kText, kText, number, number}, text_kernel<View, View, int32_t, int32_t>(kText, add_overlaid));
  }
  return bound(kText, {kText, kText, number},
               text_kernel<View, View, int32_t>(kText, [](TextRow& row, View text, View over, int32_t from) {
                 add_overlaid(row, text, over, from, -1);
               }));
}

constexpr std::array kFunctions = {
    Function{"upper", "string", "upper(text)", "The text in upper case.", "upper('Straße') -> STRASSE", 1, 1,
             bind_mapping<add_upper, upper_ascii>},
    Function{"ucase", "string", "ucase(text)", "The text in upper case.", "ucase('Spark') -> SPARK", 1, 1,
             bind_mapping<add_upper, upper_ascii>},
    Function{"lower", "string", "lower(text)", "The text in lower case.", "lower('ÉCOLE') -> école", 1, 1,
             bind_mapping<add_lower, lower_ascii>},
    Function{"lcase", "string", "lcase(text)", "The text in lower case.", "lcase('Spark') -> spark", 1, 1,
             bind_mapping<add_lower, lower_ascii>},
    Function{"initcap", "string", "initcap(text)", "Each word with a capital, words being parted by spaces.",
             "initcap('sPark sql') -> Spark Sql", 1, 1, bind_title},
    Function{"length", "string", "length(text)", "How many characters a text or bytes a binary has.",
             "length('née') -> 3", 1, 1, bind_char_length},
    Function{"char_length", "string", "char_length(text)", "How many characters a text has.", "char_length('née') -> 3",
             1, 1, bind_char_length},
    Function{"character_length", "string", "character_length(text)", "How many characters a text has.",
             "character_length('née') -> 3", 1, 1, bind_char_length},
    Function{"len", "string", "len(text)", "How many characters a text has.", "len('née') -> 3", 1, 1,
             bind_char_length},
    Function{"octet_length", "string", "octet_length(text)", "How many bytes a text has in UTF-8.",
             "octet_length('née') -> 4", 1, 1, bind_octet_length<1>},
    Function{"bit_length", "string", "bit_length(text)", "How many bits a text has in UTF-8.",
             "bit_length('née') -> 32", 1, 1, bind_octet_length<8>},
    Function{"trim", "string", "trim([chars,] text)", "Without spaces, or those characters, on both sides.",
             "trim('  a b ') -> a b", 1, 2, bind_trim<true, true, true>},
    Function{"ltrim", "string", "ltrim([chars,] text)", "Without spaces, or those characters, on the left.",
             "ltrim('0', '007') -> 7", 1, 2, bind_trim<true, false, true>},
    Function{"rtrim", "string", "rtrim([chars,] text)", "Without spaces, or those characters, on the right.",
             "rtrim('!', 'hey!!') -> hey", 1, 2, bind_trim<false, true, true>},
    Function{"btrim", "string", "btrim(text [, chars])", "Without spaces, or those characters, on both sides.",
             "btrim('xxhixx', 'x') -> hi", 1, 2, bind_trim<true, true, false>},
    Function{"substring", "string", "substring(text, from [, length])",
             "Characters from a position, counted from 1, or from the end when negative.",
             "substring('Spark SQL', 5, 1) -> k", 2, 3, bind_substring},
    Function{"substr", "string", "substr(text, from [, length])",
             "Characters from a position, counted from 1, or from the end when negative.",
             "substr('Spark SQL', -3) -> SQL", 2, 3, bind_substring},
    Function{"substring_index", "string", "substring_index(text, delimiter, count)",
             "What stands before the count-th delimiter, or behind it counted from the end when negative.",
             "substring_index('www.apache.org', '.', 2) -> www.apache", 3, 3, bind_substring_index},
    Function{"left", "string", "left(text, length)", "The first characters.", "left('Spark', 3) -> Spa", 2, 2,
             bind_left},
    Function{"right", "string", "right(text, length)", "The last characters.", "right('Spark', 3) -> ark", 2, 2,
             bind_right},
    Function{"concat", "string", "concat(text, ...)", "The texts, or arrays, one after another; null when one is.",
             "concat('a', 'b', 'c') -> abc", 0, -1, bind_concat},
    Function{"concat_ws", "string", "concat_ws(separator, text or array, ...)",
             "The texts joined by a separator, nulls left out.", "concat_ws('-', 'a', null, 'b') -> a-b", 1, -1,
             bind_concat_ws},
    Function{"lpad", "string", "lpad(text, length [, pad])", "Filled on the left, or cut, to a length.",
             "lpad('7', 3, '0') -> 007", 2, 3, bind_pad<true>},
    Function{"rpad", "string", "rpad(text, length [, pad])", "Filled on the right, or cut, to a length.",
             "rpad('hi', 5, '.') -> hi...", 2, 3, bind_pad<false>},
    Function{"repeat", "string", "repeat(text, count)", "The text again and again.", "repeat('ab', 3) -> ababab", 2, 2,
             bind_repeat},
    Function{"space", "string", "space(count)", "So many spaces.", "concat('a', space(2), 'b') -> a  b", 1, 1,
             bind_space},
    Function{"replace", "string", "replace(text, search [, replacement])", "Every occurrence of a text replaced.",
             "replace('ABCabc', 'abc', 'DEF') -> ABCDEF", 2, 3, bind_replace},
    Function{"translate", "string", "translate(text, from, to)",
             "Each character that is in `from` becomes that at its place in `to`, or goes.",
             "translate('AaBbCc', 'abc', '12') -> A1B2C", 3, 3, bind_translate},
    Function{"overlay", "string", "overlay(text, over, from [, length])", "A part of a text replaced by another.",
             "overlay('Spark SQL', '_', 6) -> Spark_SQL", 3, 4, bind_overlay},
};

}  // namespace

std::span<const Function> string_functions() { return kFunctions; }

}  // namespace millrace
