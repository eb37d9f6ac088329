#include "testing/random_user.h"

#include <array>
#include <string_view>

namespace millrace {

namespace {

constexpr uint64_t kThisYear = 2026;

// One nationality: names in its own letters, ASCII forms of them for addresses of mail, places.
struct Nation {
  std::string_view code;
  std::string_view country;
  std::array<std::string_view, 4> women, men, last, last_ascii, streets, cities, states;
  std::string_view zone, zone_name;
  bool postcode_is_text;
};

constexpr std::array<Nation, 6> kNations = {{
    {"US",
     "United States",
     {"Mary", "Olivia", "Grace", "Ava"},
     {"John", "Noah", "Liam", "Wyatt"},
     {"Smith", "O'Brien", "Johnson", "Lopez"},
     {"smith", "obrien", "johnson", "lopez"},
     {"Main St", "Oak Lawn Ave", "Sunset Blvd", "Elm Street"},
     {"Austin", "Billings", "Salinas", "Providence"},
     {"Texas", "Montana", "California", "Rhode Island"},
     "-6:00",
     "Central Time (US & Canada), Mexico City",
     false},
    {"DE",
     "Germany",
     {"Käthe", "Jördis", "Hannelore", "Anja"},
     {"Jürgen", "Björn", "Götz", "Karl"},
     {"Müller", "Groß", "Schäfer", "Weiß"},
     {"mueller", "gross", "schaefer", "weiss"},
     {"Mühlenweg", "Bahnhofstraße", "Am Sportplatz", "Gartenstraße"},
     {"Köln", "Lübeck", "Dresden", "Gießen"},
     {"Nordrhein-Westfalen", "Schleswig-Holstein", "Sachsen", "Hessen"},
     "+1:00",
     "Brussels, Copenhagen, Madrid, Paris",
     false},
    {"FR",
     "France",
     {"Chloé", "Zoé", "Maëlys", "Léa"},
     {"Loïc", "René", "François", "Théo"},
     {"Lefèvre", "Dupont", "Garçon", "Noël"},
     {"lefevre", "dupont", "garcon", "noel"},
     {"Rue de la Baleine", "Avenue Jean-Jaurès", "Place des 44 Enfants D'Izieu", "Rue Abel"},
     {"Besançon", "Orléans", "Nîmes", "Créteil"},
     {"Doubs", "Loiret", "Gard", "Val-de-Marne"},
     "+1:00",
     "Brussels, Copenhagen, Madrid, Paris",
     false},
    {"IR",
     "Iran",
     {"آیناز", "نازنین", "مهسا", "سارا"},
     {"امیرعلی", "محمد", "پارسا", "آرش"},
     {"احمدی", "کریمی", "حسینی", "رضایی"},
     {"ahmadi", "karimi", "hosseini", "rezaei"},
     {"میدان آزادی", "شهید بهشتی", "ولیعصر", "کمیل"},
     {"تهران", "شیراز", "تبریز", "یزد"},
     {"تهران", "فارس", "آذربایجان شرقی", "یزد"},
     "+3:30",
     "Tehran",
     false},
    {"UA",
     "Ukraine",
     {"Олена", "Зоряна", "Ївга", "Марія"},
     {"Тарас", "Богдан", "Юрій", "Лук'ян"},
     {"Шевченко", "Ковальчук", "Єсипенко", "Гончар"},
     {"shevchenko", "kovalchuk", "yesypenko", "honchar"},
     {"Хрещатик", "Кленова", "Європейська", "Набережна"},
     {"Київ", "Львів", "Ужгород", "Чернігів"},
     {"Київська", "Львівська", "Закарпатська", "Чернігівська"},
     "+2:00",
     "Kaliningrad, South Africa",
     false},
    {"GB",
     "United Kingdom",
     {"Poppy", "Isla", "Edith", "Niamh"},
     {"Harry", "Alfie", "Rhys", "Angus"},
     {"Walker", "Hughes", "MacDonald", "Wright"},
     {"walker", "hughes", "macdonald", "wright"},
     {"High Street", "Church Lane", "Mill Road", "Queensway"},
     {"Bath", "Derby", "St Albans", "Truro"},
     {"Somerset", "Derbyshire", "Hertfordshire", "Cornwall"},
     "0:00",
     "Western Europe Time, London, Lisbon, Casablanca",
     true},
}};

constexpr std::array<std::string_view, 6> kWords = {"silver", "happy", "crazy", "lazy", "organic", "tiny"};
constexpr std::array<std::string_view, 6> kAnimals = {"meercat", "swan", "panda", "gorilla", "koala", "zebra"};

}  // namespace

RandomUsers::Flaw RandomUsers::pick_flaw() {
  const std::array<std::pair<uint32_t, Flaw>, 6> shares = {{{bad_.broken_json, Flaw::kBrokenJson},
                                                            {bad_.missing_field, Flaw::kMissingField},
                                                            {bad_.wrong_type, Flaw::kWrongType},
                                                            {bad_.bad_email, Flaw::kBadEmail},
                                                            {bad_.future_date, Flaw::kFutureDate},
                                                            {bad_.duplicate, Flaw::kDuplicate}}};
  uint64_t at = random_.below(1000);
  for (const auto& [share, flaw] : shares) {
    if (at < share) return flaw;
    at -= share;
  }
  return Flaw::kNone;
}

void RandomUsers::append(std::string& out) {
  const Flaw flaw = pick_flaw();
  if (flaw == Flaw::kDuplicate && !last_.empty()) {
    out += last_;
    return;
  }
  const size_t begin = out.size();
  append_record(out, flaw);
  if (flaw == Flaw::kBrokenJson) out.resize(begin + 1 + static_cast<size_t>(random_.below(out.size() - begin - 2)));
  out += '\n';
  if (flaw == Flaw::kNone && bad_.duplicate > 0) last_.assign(out, begin);
}

void RandomUsers::append_number(std::string& out, uint64_t value, int digits_min) {
  std::array<char, 20> digits{};
  size_t at = digits.size();
  while (value > 0 || digits_min > 0) {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
    --digits_min;
  }
  out.append(digits.data() + at, digits.size() - at);
}

void RandomUsers::append_hex(std::string& out, int digits) {
  uint64_t bits = 0;
  for (int i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = random_.next();
    out += "0123456789abcdef"[bits & 15];
    bits >>= 4;
  }
}

void RandomUsers::append_instant(std::string& out, uint64_t year) {
  append_number(out, year, 4);
  const auto part = [&](char before, uint64_t value, int digits) {
    out += before;
    append_number(out, value, digits);
  };
  part('-', 1 + random_.below(12), 2);
  part('-', 1 + random_.below(28), 2);
  part('T', random_.below(24), 2);
  part(':', random_.below(60), 2);
  part(':', random_.below(60), 2);
  part('.', random_.below(1000), 3);
  out += 'Z';
}

void RandomUsers::append_record(std::string& out, Flaw flaw) {
  // The nation of the location is drawn again there, as people move; the name's decides the mail address.
  const Nation& nation = kNations[random_.below(kNations.size())];
  const bool woman = random_.below(2) == 0;
  const size_t last = random_.below(4);
  const std::string_view word = kWords[random_.below(kWords.size())];
  const std::string_view animal = kAnimals[random_.below(kAnimals.size())];
  const uint64_t number = random_.below(1000);
  std::string username(word);
  username += animal;
  append_number(username, number, 3);

  out += woman ? R"({"gender":"female","name":{"title":"Ms","first":")"
               : R"({"gender":"male","name":{"title":"Mr","first":")";
  out += (woman ? nation.women : nation.men)[random_.below(4)];
  out += R"(","last":")";
  out += nation.last[last];
  out += R"("},)";
  append_location(out);
  if (flaw != Flaw::kMissingField) {
    out += R"("email":")";
    out += nation.last_ascii[last];
    out += '.';
    out += username;
    out += flaw == Flaw::kBadEmail ? R"(.example.com",)" : R"(@example.com",)";
  }
  append_login(out, username);
  append_dates(out, flaw);
  out += R"("phone":"()";
  append_number(out, random_.below(1000), 3);
  out += ") ";
  append_number(out, random_.below(10000000), 7);
  out += R"(","cell":"()";
  append_number(out, random_.below(1000), 3);
  out += ") ";
  append_number(out, random_.below(10000000), 7);
  out += R"(","id":{"name":"SSN","value":)";
  if (nation.code == "DE" || nation.code == "UA") {
    out += "null";
  } else {
    out += '"';
    append_number(out, random_.below(1000000000), 9);
    out += '"';
  }
  out += R"(},"picture":{)";
  const uint64_t portrait = random_.below(100);
  const std::string_view folder = woman ? "women/" : "men/";
  for (const auto& [name, path] : {std::pair<std::string_view, std::string_view>{R"("large":")", "portraits/"},
                                   {R"(,"medium":")", "portraits/med/"},
                                   {R"(,"thumbnail":")", "portraits/thumb/"}}) {
    out += name;
    out += "https://randomuser.me/api/";
    out += path;
    out += folder;
    append_number(out, portrait);
    out += R"(.jpg")";
  }
  out += R"(},"nat":")";
  out += nation.code;
  out += R"("})";
}

void RandomUsers::append_location(std::string& out) {
  const Nation& nation = kNations[random_.below(kNations.size())];
  const size_t place = random_.below(4);
  out += R"("location":{"street":{"number":)";
  append_number(out, 1 + random_.below(9999));
  out += R"(,"name":")";
  out += nation.streets[random_.below(4)];
  out += R"("},"city":")";
  out += nation.cities[place];
  out += R"(","state":")";
  out += nation.states[place];
  out += R"(","country":")";
  out += nation.country;
  out += R"(","postcode":)";
  if (nation.postcode_is_text) out += R"("BA)";
  append_number(out, 10000 + random_.below(90000));
  if (nation.postcode_is_text) out += '"';
  out += R"(,"coordinates":{"latitude":"-)";
  append_number(out, random_.below(90));
  out += '.';
  append_number(out, random_.below(10000), 4);
  out += R"(","longitude":")";
  append_number(out, random_.below(180));
  out += '.';
  append_number(out, random_.below(10000), 4);
  out += R"("},"timezone":{"offset":")";
  out += nation.zone;
  out += R"(","description":")";
  out += nation.zone_name;
  out += R"("}},)";
}

void RandomUsers::append_login(std::string& out, const std::string& username) {
  out += R"("login":{"uuid":")";
  append_hex(out, 8);
  for (const std::string_view before : {"-", "-4", "-a"}) {
    out += before;
    append_hex(out, before.size() == 1 ? 4 : 3);
  }
  out += '-';
  append_hex(out, 12);
  out += R"(","username":")";
  out += username;
  out += R"(","password":")";
  append_hex(out, 8);
  out += R"(","salt":")";
  append_hex(out, 8);
  out += R"(","md5":")";
  append_hex(out, 32);
  out += R"(","sha1":")";
  append_hex(out, 40);
  out += R"(","sha256":")";
  append_hex(out, 64);
  out += R"("},)";
}

void RandomUsers::append_dates(std::string& out, Flaw flaw) {
  const uint64_t age = 18 + random_.below(60);
  const uint64_t registered = 1 + random_.below(18);
  out += R"("dob":{"date":")";
  append_instant(out, flaw == Flaw::kFutureDate ? 2999 : kThisYear - 1 - age);
  out += R"(","age":)";
  if (flaw == Flaw::kWrongType) {
    out += R"("unknown")";
  } else {
    append_number(out, age);
  }
  out += R"(},"registered":{"date":")";
  append_instant(out, kThisYear - 1 - registered);
  out += R"(","age":)";
  append_number(out, registered);
  out += "},";
}

}  // namespace millrace
