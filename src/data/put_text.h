#pragma once

#include <cstddef>
#include <cstdint>

#include "base/int128.h"

namespace millrace {

// Values written as Spark's CAST to string has them, without allocation: to `to`, where kPutBytesMax bytes are free.
// Each gives the end.
inline constexpr size_t kPutBytesMax = 64;

char* put_two_digits(char* to, uint64_t value);  // 0 .. 99
char* put_whole(char* to, int64_t value);
char* put_decimal(char* to, Int128 unscaled, int scale);
char* put_date(char* to, int64_t days);
char* put_timestamp(char* to, int64_t us, char between = ' ');  // `between` the date and the time

}  // namespace millrace
