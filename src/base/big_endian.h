#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <type_traits>

namespace millrace {

// Whole numbers in the byte order of networks and of Kafka's files, at any address.
template <std::integral T>
T load_big(const char* from) {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::little && sizeof value > 1) {
    if constexpr (sizeof value == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof value == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof value == 8) value = __builtin_bswap64(value);
  }
  return static_cast<T>(value);
}

template <std::integral T>
void store_big(char* to, T number) {
  const T swapped = load_big<T>(reinterpret_cast<const char*>(&number));
  std::memcpy(to, &swapped, sizeof swapped);
}

}  // namespace millrace
