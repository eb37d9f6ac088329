#include "data/find_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace millrace {

#ifdef __SSE2__
size_t find_text(std::string_view text, std::string_view part, size_t from) {
  constexpr size_t kPlaces = 16;
  if (part.size() < 2 || text.size() < from + part.size() + kPlaces - 1) return text.find(part, from);
  const __m128i first = _mm_set1_epi8(part.front());
  const __m128i last = _mm_set1_epi8(part.back());
  const size_t places = text.size() - part.size() + 1;
  for (size_t at = from; at < places; at += kPlaces) {
    at = std::min(at, places - kPlaces);  // at the end some places are looked at again
    const char* const here = text.data() + at;
    const auto load = [](const char* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); };
    const __m128i firsts = _mm_cmpeq_epi8(load(here), first);
    const __m128i lasts = _mm_cmpeq_epi8(load(here + part.size() - 1), last);
    auto rest = static_cast<uint32_t>(_mm_movemask_epi8(_mm_and_si128(firsts, lasts)));
    for (; rest != 0; rest &= rest - 1) {
      const auto place = static_cast<size_t>(__builtin_ctz(rest));
      if (std::memcmp(here + place + 1, part.data() + 1, part.size() - 2) == 0) return at + place;
    }
  }
  return std::string_view::npos;
}
#else
size_t find_text(std::string_view text, std::string_view part, size_t from) { return text.find(part, from); }
#endif

}  // namespace millrace
