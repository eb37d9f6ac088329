#include "doors/users_api/ascii.h"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

struct Letters {
  std::string_view letters;  // separated by blanks
  std::string_view ascii;    // what each is written as, separated by blanks
};

// clang-format off
constexpr std::array kLetters = std::to_array<Letters>({
    {"à á â ã å ā ă À Á Â Ã Å", "a a a a a a a a a a a a"},
    {"ä æ ö ø ü Ä Æ Ö Ø Ü ß", "ae ae oe oe ue ae ae oe oe ue ss"},
    {"ç ć č Ç Ć Č", "c c c c c c"},
    {"è é ê ë ē È É Ê Ë", "e e e e e e e e e"},
    {"ì í î ï ī ı İ Í Î", "i i i i i i i i i"},
    {"ñ ń Ñ ğ Ğ", "n n n g g"},
    {"ò ó ô õ ō Ó Ô Õ", "o o o o o o o o"},
    {"ş š ș Ş Š ž Ž", "s s s s s z z"},
    {"ù ú û ū Ù Ú Û ý ÿ", "u u u u u u u y y"},
    {"а б в г ґ д е є ж з и і ї й к л м н о п р с т у ф х ц ч ш щ ь ю я", "a b v h g d e ye zh z y i yi y k l m n o p r s t u f kh ts ch sh shch - yu ya"},
    {"А Б В Г Ґ Д Е Є Ж З И І Ї Й К Л М Н О П Р С Т У Ф Х Ц Ч Ш Щ Ю Я", "a b v h g d e ye zh z y i yi y k l m n o p r s t u f kh ts ch sh shch yu ya"},
    {"ђ ј љ њ ћ џ Ђ Ј Љ Њ Ћ Џ", "dj j lj nj c dz dj j lj nj c dz"},
    {"ا آ ب پ ت ث ج چ ح خ د ذ ر ز ژ س ش ص ض ط ظ", "a a b p t s j ch h kh d z r z zh s sh s z t z"},
    {"ع غ ف ق ک گ ل م ن و ه ی", "a gh f q k g l m n v h y"},
});
// clang-format on

std::string_view take_word(std::string_view& words) {
  const std::string_view word = words.substr(0, words.find(' '));
  words.remove_prefix(std::min(words.size(), word.size() + 1));
  return word;
}

std::string_view ascii_of(std::string_view letter) {
  for (const Letters& some : kLetters) {
    std::string_view letters = some.letters;
    std::string_view ascii = some.ascii;
    while (!letters.empty()) {
      const std::string_view written = take_word(ascii);
      if (take_word(letters) == letter) return written == "-" ? "" : written;
    }
  }
  return {};
}

size_t letter_bytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

std::string mail_name(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const std::string_view letter = name.substr(0, letter_bytes(name[0]));
    name.remove_prefix(letter.size());
    const char c = letter[0];
    if (letter.size() > 1) {
      result += ascii_of(letter);
    } else if (c >= 'A' && c <= 'Z') {
      result += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      result += c;
    }
  }
  return result;
}

}  // namespace millrace
