#pragma once

// The binds of the date family, by file; date.cc lists them with their descriptions.

#include <initializer_list>
#include <vector>

#include "data/expr/function.h"

namespace millrace::dates {

using Args = std::span<const BindArg>;

inline Binding binding(Type type, std::vector<Type> arguments, Kernel kernel) {
  return {.type = std::move(type), .argument_types = std::move(arguments), .kernel = std::move(kernel)};
}

// A constant piece of text: a field, a unit. nullopt when the argument is not one.
std::optional<std::string_view> constant_text(const BindArg& arg);
std::string upper_ascii(std::string_view text);

// date_parts.cc
BindResult bind_year(Args);
BindResult bind_quarter(Args);
BindResult bind_month(Args);
BindResult bind_day(Args);
BindResult bind_dayofweek(Args);
BindResult bind_weekday(Args);
BindResult bind_dayofyear(Args);
BindResult bind_weekofyear(Args);
BindResult bind_hour(Args);
BindResult bind_minute(Args);
BindResult bind_second(Args);
BindResult bind_extract(Args);
BindResult bind_dayname(Args);
BindResult bind_monthname(Args);

// date_arithmetic.cc
BindResult bind_date_add(Args);
BindResult bind_date_sub(Args);
BindResult bind_datediff(Args);
BindResult bind_add_months(Args);
BindResult bind_months_between(Args);
BindResult bind_last_day(Args);
BindResult bind_next_day(Args);
BindResult bind_trunc(Args);
BindResult bind_date_trunc(Args);
BindResult bind_timestampadd(Args);
BindResult bind_timestampdiff(Args);

// date_make.cc
BindResult bind_current_date(Args);
BindResult bind_current_timestamp(Args);
BindResult bind_current_timezone(Args);
BindResult bind_make_date(Args);
BindResult bind_make_timestamp(Args);
BindResult bind_timestamp_seconds(Args);
BindResult bind_timestamp_millis(Args);
BindResult bind_timestamp_micros(Args);
BindResult bind_unix_seconds(Args);
BindResult bind_unix_millis(Args);
BindResult bind_unix_micros(Args);
BindResult bind_unix_date(Args);
BindResult bind_date_from_unix_date(Args);
BindResult bind_from_utc_timestamp(Args);
BindResult bind_to_utc_timestamp(Args);

// date_interval.cc
BindResult bind_make_interval(Args);
BindResult bind_make_dt_interval(Args);
BindResult bind_make_ym_interval(Args);
BindResult bind_convert_timezone(Args);

// date_pattern.cc
BindResult bind_date_format(Args);
BindResult bind_from_unixtime(Args);
BindResult bind_to_date(Args);
BindResult bind_to_timestamp(Args);
BindResult bind_unix_timestamp(Args);

}  // namespace millrace::dates
