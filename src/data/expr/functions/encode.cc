// Bytes as text and back: base64, hexadecimal, character sets, URLs.
#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "data/expr/families.h"
#include "data/expr/functions/charset.h"
#include "data/expr/functions/text_kernel.h"
#include "data/expr/functions/url.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;
constexpr TypeKind kText = TypeKind::kString;
constexpr TypeKind kBinary = TypeKind::kBinary;
constexpr View kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Type bytes_type(const BindArg& arg) { return is_binary(arg) ? kBinary : kText; }

void add_base64(TextRow& row, View bytes) {
  const size_t size = (bytes.size() + 2) / 3 * 4;
  char* to = row.out.room(size);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    const size_t taken = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i) group = (group << 8) | (i < taken ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (size_t i = 0; i < 4; ++i) *to++ = i <= taken ? kBase64[(group >> (18 - 6 * i)) & 63] : '=';
  }
  row.out.commit(size);
}

constexpr std::array<int8_t, 256> kBase64Values = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < kBase64.size(); ++i) values[static_cast<unsigned char>(kBase64[i])] = static_cast<int8_t>(i);
  return values;
}();

// As MIME has it: what is not of the alphabet is skipped, the first '=' ends. Strict takes white space only, and the
// filling must be whole.
void add_unbase64(TextRow& row, View text, bool strict) {
  uint32_t group = 0;
  size_t digits = 0;
  size_t filling = 0;
  for (const char c : text) {
    const int8_t value = kBase64Values[static_cast<unsigned char>(c)];
    if (c == '=') {
      ++filling;
      if (!strict) break;
    } else if (value < 0) {
      if (strict && c != ' ' && (c < '\t' || c > '\r')) return row.fault(fmt::format("'{}' is not base64", text));
    } else if (filling > 0) {
      return row.fault(fmt::format("'{}' is not base64: more behind the '='", text));
    } else {
      group = (group << 6) | static_cast<uint32_t>(value);
      if (++digits % 4 != 0) continue;
      for (const uint32_t shift : {16U, 8U, 0U}) row.out.add(static_cast<char>(static_cast<uint8_t>(group >> shift)));
    }
  }
  const size_t rest = digits % 4;
  if (rest == 1 || (strict && (rest + filling) % 4 != 0) || filling > 2) {
    return row.fault(fmt::format("'{}' is not base64: its end is missing", text));
  }
  if (rest >= 2) row.out.add(static_cast<char>(static_cast<uint8_t>(group >> (rest == 2 ? 4 : 10))));
  if (rest == 3) row.out.add(static_cast<char>(static_cast<uint8_t>(group >> 2)));
}

BindResult bind_base64(Args args) { return bound(kText, {bytes_type(args[0])}, text_kernel<View>(kText, add_base64)); }
BindResult bind_unbase64(Args) {
  return bound(kBinary, {kText},
               text_kernel<View>(kBinary, [](TextRow& row, View text) { add_unbase64(row, text, false); }));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void add_unhex(TextRow& row, View text) {
  for (const char c : text) {
    if (hex_value(c) < 0) return row.fault(fmt::format("'{}' is not hexadecimal", text));
  }
  size_t at = 0;
  if (text.size() % 2 == 1) row.out.add(static_cast<char>(hex_value(text[at++])));
  for (; at < text.size(); at += 2) {
    row.out.add(static_cast<char>(static_cast<uint8_t>(hex_value(text[at]) * 16 + hex_value(text[at + 1]))));
  }
}

BindResult bind_to_binary(Args args) {
  View format = "hex";
  if (args.size() == 2) {
    if (args[1].constant == nullptr) return BindError{1, "the format must be a constant", "'hex', 'utf-8' or 'base64'"};
    format = known(args[1]) != nullptr && args[1].type.is(kText) ? args[1].constant->string_at(0) : "null";
  }
  const auto is = [&](View name) {
    return std::equal(format.begin(), format.end(), name.begin(), name.end(),
                      [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); });
  };
  void (*add)(TextRow&, View) = nullptr;
  if (is("hex")) add = add_unhex;
  if (is("base64")) add = [](TextRow& row, View text) { add_unbase64(row, text, true); };
  if (is("utf-8") || is("utf8")) add = [](TextRow& row, View text) { row.out.add(text); };
  if (args.size() == 2 && known(args[1]) == nullptr) add = [](TextRow& row, View) { row.null(); };
  if (add == nullptr) {
    return BindError{1, fmt::format("'{}' is not a format", format), "'hex', 'utf-8' or 'base64'"};
  }
  if (args.size() == 1) return bound(kBinary, {kText}, text_kernel<View>(kBinary, add));
  return bound(kBinary, {kText, kText},
               text_kernel<View, View>(kBinary, [add](TextRow& row, View text, View) { add(row, text); }));
}

BindResult bind_encode(Args) {
  return bound(kBinary, {kText, kText}, text_kernel<View, View>(kBinary, [](TextRow& row, View text, View charset) {
                 if (auto status = add_encoded(text, charset, row.out); !status.ok())
                   row.fault(status.error().message());
               }));
}

BindResult bind_decode(Args args) {
  return bound(kText, {bytes_type(args[0]), kText},
               text_kernel<View, View>(kText, [](TextRow& row, View bytes, View charset) {
                 if (auto status = add_decoded(bytes, charset, row.out); !status.ok())
                   row.fault(status.error().message());
               }));
}

BindResult bind_is_valid(Args args) {
  return bound(TypeKind::kBool, {bytes_type(args[0])},
               lift<bool, View>(TypeKind::kBool, [](View bytes) { return is_valid_utf8(bytes); }));
}

BindResult bind_make_valid(Args args) {
  return bound(kText, {bytes_type(args[0])},
               text_kernel<View>(kText, [](TextRow& row, View bytes) { add_valid_utf8(bytes, row.out); }));
}

BindResult bind_validate(Args args) {
  return bound(kText, {bytes_type(args[0])}, text_kernel<View>(kText, [](TextRow& row, View bytes) {
                 const Utf8Flaw flaw = find_utf8_flaw(bytes);
                 if (flaw.at == View::npos) return row.out.add(bytes);
                 row.fault(fmt::format("not UTF-8 at byte {}", flaw.at + 1));
               }));
}

BindResult bind_url_encode(Args) {
  return bound(kText, {kText},
               text_kernel<View>(kText, [](TextRow& row, View text) { add_url_encoded(text, row.out); }));
}

BindResult bind_url_decode(Args) {
  return bound(kText, {kText}, text_kernel<View>(kText, [](TextRow& row, View text) {
                 if (!add_url_decoded(text, row.out))
                   row.fault(fmt::format("'{}' is not encoded as a URL's part", text));
               }));
}

BindResult bind_parse_url(Args args) {
  return bound(kText, std::vector<Type>(args.size(), kText), [](const Call& call) {
    return lift_rows<std::string>(call, kText, [&](size_t row, StringBuilder& out) {
      const View text = call.arg(0).string_at(row);
      const auto url = split_url(text);
      if (!url) {
        call.fault(row, fmt::format("'{}' is not a URL", text));
        return out.append_null();
      }
      const View part = call.arg(1).string_at(row);
      const auto found = call.args().size() == 3
                             ? (part == "QUERY" ? query_value(*url, call.arg(2).string_at(row)) : std::nullopt)
                             : url_part(*url, part);
      if (found) {
        out.append(*found);
      } else {
        out.append_null();
      }
    });
  });
}

constexpr std::array kFunctions = {
    Function{"base64", "string", "base64(binary)", "Bytes in base 64.", "base64('Spark SQL') -> U3BhcmsgU1FM", 1, 1,
             bind_base64},
    Function{"unbase64", "string", "unbase64(text)", "The bytes of a text in base 64.",
             "decode(unbase64('U3BhcmsgU1FM'), 'utf-8') -> Spark SQL", 1, 1, bind_unbase64},
    Function{"to_binary", "string", "to_binary(text [, format])", "The bytes of a text in hex, utf-8 or base64.",
             "decode(to_binary('616263', 'hex'), 'utf-8') -> abc", 1, 2, bind_to_binary},
    Function{"try_to_binary", "string", "try_to_binary(text [, format])", "As to_binary, null where that faults.",
             "try_to_binary('xyz', 'hex') -> NULL", 1, 2, bind_to_binary, true},
    Function{"encode", "string", "encode(text, charset)", "The bytes of a text in a character set.",
             "octet_length(encode('né', 'UTF-16BE')) -> 4", 2, 2, bind_encode},
    Function{"decode", "string", "decode(binary, charset), decode(value, search, result, ... [, default])",
             "The text that bytes are in a character set; or the result behind the first search that equals the value.",
             "decode(encode('né', 'UTF-16'), 'UTF-16') -> né", 2, 2, bind_decode},
    Function{"is_valid_utf8", "string", "is_valid_utf8(binary)", "Whether bytes are UTF-8.",
             "is_valid_utf8('né') -> true", 1, 1, bind_is_valid},
    Function{"make_valid_utf8", "string", "make_valid_utf8(binary)", "What is not UTF-8 becomes U+FFFD.",
             "make_valid_utf8(to_binary('61ff')) -> a\xef\xbf\xbd", 1, 1, bind_make_valid},
    Function{"validate_utf8", "string", "validate_utf8(binary)", "The text, a fault where it is not UTF-8.",
             "validate_utf8('né') -> né", 1, 1, bind_validate},
    Function{"try_validate_utf8", "string", "try_validate_utf8(binary)", "The text, null where it is not UTF-8.",
             "try_validate_utf8(to_binary('ff')) -> NULL", 1, 1, bind_validate, true},
    Function{"url_encode", "string", "url_encode(text)", "As a form's field is sent: a space as +, the rest as %XX.",
             "url_encode('a b/é') -> a+b%2F%C3%A9", 1, 1, bind_url_encode},
    Function{"url_decode", "string", "url_decode(text)", "The text that url_encode was given.",
             "url_decode('a+b%2F%C3%A9') -> a b/é", 1, 1, bind_url_decode},
    Function{"try_url_decode", "string", "try_url_decode(text)", "As url_decode, null where that faults.",
             "try_url_decode('%zz') -> NULL", 1, 1, bind_url_decode, true},
    Function{
        "parse_url", "string", "parse_url(url, part [, key])",
        "HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO of a URL; of QUERY also the value of a key.",
        "parse_url('http://spark.apache.org/path?query=1', 'QUERY', 'query') -> 1", 2, 3, bind_parse_url},
    Function{"try_parse_url", "string", "try_parse_url(url, part [, key])", "As parse_url, null where that faults.",
             "try_parse_url('a b', 'HOST') -> NULL", 2, 3, bind_parse_url, true},
};

}  // namespace

std::span<const Function> encode_functions() { return kFunctions; }

}  // namespace millrace
