#include "data/formats/avro/schema.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millrace {
namespace {

// By AvroKind and AvroLogical.
constexpr std::array<std::string_view, 14> kKindNames = {"null",   "boolean", "int",    "long",   "float",
                                                         "double", "bytes",   "string", "record", "enum",
                                                         "array",  "map",     "union",  "fixed"};
constexpr std::array<std::string_view, 13> kLogicalNames = {"",
                                                            "decimal",
                                                            "uuid",
                                                            "date",
                                                            "time-millis",
                                                            "time-micros",
                                                            "timestamp-millis",
                                                            "timestamp-micros",
                                                            "timestamp-nanos",
                                                            "local-timestamp-millis",
                                                            "local-timestamp-micros",
                                                            "local-timestamp-nanos",
                                                            "map"};

}  // namespace

std::string_view avro_kind_name(AvroKind kind) { return kKindNames[static_cast<size_t>(kind)]; }
std::string_view avro_logical_name(AvroLogical logical) { return kLogicalNames[static_cast<size_t>(logical)]; }

std::optional<AvroKind> avro_kind_of_name(std::string_view name) {
  const auto found = std::find(kKindNames.begin(), kKindNames.end(), name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<AvroKind>(found - kKindNames.begin());
}

AvroLogical avro_logical_of_name(std::string_view name) {
  const auto found = std::find(kLogicalNames.begin(), kLogicalNames.end(), name);
  return found == kLogicalNames.end() ? AvroLogical::kNone : static_cast<AvroLogical>(found - kLogicalNames.begin());
}

bool is_avro_name(std::string_view name) {
  const auto begins = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && begins(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return begins(c) || (c >= '0' && c <= '9'); });
}

std::string_view AvroType::short_name() const {
  const std::string_view all = name;
  return all.substr(all.rfind('.') + 1);
}

std::string AvroType::text() const {
  if (logical == AvroLogical::kDecimal) return fmt::format("decimal({},{})", precision, scale);
  if (logical != AvroLogical::kNone && logical != AvroLogical::kMap) return std::string(avro_logical_name(logical));
  if (!name.empty()) return fmt::format("{} {}", avro_kind_name(kind), name);
  return std::string(avro_kind_name(kind));
}

}  // namespace millrace
