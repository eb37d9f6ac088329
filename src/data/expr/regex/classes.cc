#include "data/expr/regex/classes.h"

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <string>

#include "data/unicode.h"

namespace millrace {
namespace {

using Predicate = bool (*)(const CharProperties&);

CharSet where(const std::function<bool(const CharProperties&)>& wanted) {
  CharSet set;
  for_each_properties([&](char32_t first, char32_t last, const CharProperties& properties) {
    if (wanted(properties)) set.add(first, last);
  });
  return set;
}

constexpr std::array<std::string_view, 31> kCategoryNames = {
    "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
    "Cf", "",   "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"};

// "Lu", or all that begin with "L".
CharSet category(std::string_view name) {
  return where([name](const CharProperties& properties) {
    return kCategoryNames[static_cast<size_t>(properties.category)].starts_with(name);
  });
}

CharSet categories(std::initializer_list<std::string_view> names) {
  CharSet set;
  for (const std::string_view name : names) set = set.united(category(name));
  return set;
}

CharSet digits() { return {'0', '9'}; }
CharSet ascii_letters() { return CharSet('a', 'z').united({'A', 'Z'}); }
CharSet blanks() { return CharSet::of(U" \t"); }
CharSet ascii_spaces() { return CharSet('\t', '\r').united(CharSet::of(U" ")); }
CharSet visible() { return {'!', '~'}; }
CharSet horizontal_spaces() { return CharSet::of(U" \t\u00a0\u1680\u180e\u202f\u205f\u3000").united({0x2000, 0x200a}); }
CharSet vertical_spaces() { return CharSet('\n', '\r').united(CharSet::of(U"\u0085\u2028\u2029")); }
CharSet without(const CharSet& set, const CharSet& excluded) { return set.intersected(excluded.complement()); }

CharSet lowercase() {
  return where([](const CharProperties& p) { return p.lowercase; });
}
CharSet uppercase() {
  return where([](const CharProperties& p) { return p.uppercase; });
}
CharSet alphabetic() {
  return where([](const CharProperties& p) { return p.alphabetic; });
}
CharSet ideographic() {
  return where([](const CharProperties& p) { return p.ideographic; });
}
CharSet any_case() { return lowercase().united(uppercase()).united(category("Lt")); }
CharSet white_space() { return category("Z").united({'\t', '\r'}).united(CharSet::of(U"\u0085")); }
CharSet identifier_ignorable() { return category("Cf").united({0, 8}).united({0xe, 0x1b}).united({0x7f, 0x9f}); }
CharSet identifier_start() { return categories({"L", "Nl", "Sc", "Pc"}); }

struct Named {
  std::string_view name;
  CharSet (*make)();
  CharSet (*make_folded)();  // under (?i); nullptr: the same
};

constexpr Named kPlain[] = {
    {"LC",
     [] {
       return categories({"Lu", "Ll", "Lt"});
     },
     nullptr},
    {"LD",
     [] {
       return categories({"L", "Nd"});
     },
     nullptr},
    {"L1", [] { return CharSet(0, 0xff); }, nullptr},
    {"all", [] { return CharSet::all(); }, nullptr},
    {"ASCII", [] { return CharSet(0, 0x7f); }, nullptr},
    {"Alnum", [] { return ascii_letters().united(digits()); }, nullptr},
    {"Alpha", ascii_letters, nullptr},
    {"Blank", blanks, nullptr},
    {"Cntrl",
     [] {
       return CharSet(0, 0x1f).united({0x7f, 0x7f});
     },
     nullptr},
    {"Digit", digits, nullptr},
    {"Graph", visible, nullptr},
    {"Lower", [] { return CharSet('a', 'z'); }, ascii_letters},
    {"Print", [] { return CharSet(' ', '~'); }, nullptr},
    {"Punct", [] { return without(visible(), ascii_letters().united(digits())); }, nullptr},
    {"Space", ascii_spaces, nullptr},
    {"Upper", [] { return CharSet('A', 'Z'); }, ascii_letters},
    {"XDigit",
     [] {
       return digits().united({'a', 'f'}).united({'A', 'F'});
     },
     nullptr},
    {"javaLowerCase", lowercase, any_case},
    {"javaUpperCase", uppercase, any_case},
    {"javaTitleCase", [] { return category("Lt"); }, any_case},
    {"javaAlphabetic", alphabetic, nullptr},
    {"javaIdeographic", ideographic, nullptr},
    {"javaDigit", [] { return category("Nd"); }, nullptr},
    {"javaDefined", [] { return category("Cn").complement(); }, nullptr},
    {"javaLetter", [] { return category("L"); }, nullptr},
    {"javaLetterOrDigit",
     [] {
       return categories({"L", "Nd"});
     },
     nullptr},
    {"javaJavaIdentifierStart", identifier_start, nullptr},
    {"javaJavaIdentifierPart",
     [] {
       return identifier_start().united(categories({"Nd", "Mc", "Mn"})).united(identifier_ignorable());
     },
     nullptr},
    {"javaIdentifierIgnorable", identifier_ignorable, nullptr},
    {"javaSpaceChar", [] { return category("Z"); }, nullptr},
    {"javaWhitespace",
     [] {
       return without(category("Z"), CharSet::of(U"\u00a0\u2007\u202f")).united({9, 13}).united({0x1c, 0x1f});
     },
     nullptr},
    {"javaISOControl",
     [] {
       return CharSet(0, 0x1f).united({0x7f, 0x9f});
     },
     nullptr},
    {"javaMirrored", [] { return where([](const CharProperties& p) { return p.mirrored; }); }, nullptr},
};

CharSet control() { return category("Cc"); }
CharSet punctuation() { return category("P"); }
CharSet nd() { return category("Nd"); }
CharSet unicode_blank() { return category("Zs").united(CharSet::of(U"\t")); }
CharSet unicode_graph() { return without(CharSet::all(), categories({"Z", "Cc", "Cs", "Cn"}).united(white_space())); }
CharSet unicode_xdigit() {
  CharSet set = nd();
  for (const char32_t base : {U'a', U'A', U'\uff21', U'\uff41'}) set.add(base, base + 5);
  return set;
}

// After "Is"; case does not matter, so the names are in lower case here.
constexpr Named kUnicode[] = {
    {"alphabetic", alphabetic, nullptr},
    {"alpha", alphabetic, nullptr},
    {"letter", [] { return category("L"); }, nullptr},
    {"ideographic", ideographic, nullptr},
    {"lowercase", lowercase, any_case},
    {"lower", lowercase, any_case},
    {"uppercase", uppercase, any_case},
    {"upper", uppercase, any_case},
    {"titlecase", [] { return category("Lt"); }, any_case},
    {"white_space", white_space, nullptr},
    {"whitespace", white_space, nullptr},
    {"space", white_space, nullptr},
    {"control", control, nullptr},
    {"cntrl", control, nullptr},
    {"punctuation", punctuation, nullptr},
    {"punct", punctuation, nullptr},
    {"hex_digit", unicode_xdigit, nullptr},
    {"hexdigit", unicode_xdigit, nullptr},
    {"xdigit", unicode_xdigit, nullptr},
    {"assigned", [] { return category("Cn").complement(); }, nullptr},
    {"digit", nd, nullptr},
    {"alnum", [] { return alphabetic().united(nd()); }, nullptr},
    {"blank", unicode_blank, nullptr},
    {"graph", unicode_graph, nullptr},
    {"print", [] { return without(unicode_graph().united(unicode_blank()), control()); }, nullptr},
    {"join_control", [] { return CharSet(0x200c, 0x200d); }, nullptr},
    {"joincontrol", [] { return CharSet(0x200c, 0x200d); }, nullptr},
    {"word",
     [] {
       return alphabetic().united(categories({"M", "Nd", "Pc"})).united({0x200c, 0x200d});
     },
     nullptr},
};

std::optional<CharSet> find_named(std::span<const Named> names, std::string_view name, bool fold) {
  for (const Named& named : names) {
    if (named.name == name) return fold && named.make_folded != nullptr ? named.make_folded() : named.make();
  }
  return std::nullopt;
}

std::optional<CharSet> category_or_plain(std::string_view name, bool fold) {
  if (auto set = find_named(kPlain, name, fold)) return set;
  if (fold && (name == "Lu" || name == "Ll" || name == "Lt")) return categories({"Lu", "Ll", "Lt"});
  const bool group = name.size() == 1 && std::string_view("LMNZCPS").find(name[0]) != std::string_view::npos;
  const bool single =
      name.size() == 2 && std::find(kCategoryNames.begin(), kCategoryNames.end(), name) != kCategoryNames.end();
  if (group || single) return category(name);
  return std::nullopt;
}

std::optional<CharSet> script(std::string_view name) {
  CharSet set;
  if (!for_each_of_script(name, [&](char32_t first, char32_t last) { set.add(first, last); })) return std::nullopt;
  return set;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

std::optional<CharSet> escape_class(char32_t letter) {
  switch (letter) {
    case 'd': return digits();
    case 'D': return digits().complement();
    case 's': return ascii_spaces();
    case 'S': return ascii_spaces().complement();
    case 'w': return ascii_letters().united(digits()).united(CharSet::of(U"_"));
    case 'W': return ascii_letters().united(digits()).united(CharSet::of(U"_")).complement();
    case 'h': return horizontal_spaces();
    case 'H': return horizontal_spaces().complement();
    case 'v': return vertical_spaces();
    case 'V': return vertical_spaces().complement();
    default: return std::nullopt;
  }
}

std::optional<CharSet> property_class(std::string_view name, bool fold) {
  if (const size_t equals = name.find('='); equals != std::string_view::npos) {
    const std::string key = lower_ascii(name.substr(0, equals));
    const std::string_view value = name.substr(equals + 1);
    if (key == "sc" || key == "script") return script(value);
    if (key == "gc" || key == "general_category") return category_or_plain(value, fold);
    return std::nullopt;
  }
  if (!name.starts_with("Is")) return category_or_plain(name, fold);
  name.remove_prefix(2);
  if (auto set = find_named(kUnicode, lower_ascii(name), fold)) return set;
  if (auto set = category_or_plain(name, fold)) return set;
  return script(name);
}

CharSet fold_case(const CharSet& set, bool unicode) {
  CharSet out = set;
  for (char32_t c = 'a'; c <= 'z'; ++c) {
    const char32_t upper = c - 32;
    if (set.contains(c)) out.add(upper);
    if (set.contains(upper)) out.add(c);
  }
  if (unicode) {
    // Java compares a character's upper case, and the lower case of that, with the set.
    for_each_cased([&](char32_t c) {
      const char32_t upper = to_upper(c);
      if (set.contains(upper) || set.contains(to_lower(upper))) out.add(c);
    });
  }
  return out;
}

}  // namespace millrace
