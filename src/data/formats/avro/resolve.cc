#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "data/formats/avro/take.h"

namespace millrace {
namespace {

using Op = AvroTake::Op;

bool is_text(AvroKind kind) { return kind == AvroKind::kString || kind == AvroKind::kBytes; }
bool is_whole(AvroKind kind) { return kind == AvroKind::kInt || kind == AvroKind::kLong; }

Error no_fit(const AvroType& from, const Type& type) {
  return {ErrorCode::kInvalidArgument, fmt::format("it is written as {}, and read as {}", from.text(), type.text())};
}

// The units of a timestamp in microseconds; false: it is none.
bool set_units(AvroLogical logical, AvroTake& take) {
  switch (logical) {
    case AvroLogical::kTimestampMillis:
    case AvroLogical::kLocalTimestampMillis: take.up = 1000; return true;
    case AvroLogical::kTimestampMicros:
    case AvroLogical::kLocalTimestampMicros: return true;
    case AvroLogical::kTimestampNanos:
    case AvroLogical::kLocalTimestampNanos: take.down = 1000; return true;
    default: return false;
  }
}

// Which branch of a reader's union takes what a writer has: the first of the same kind and name, else the first that
// it can be promoted to.
template <typename F>
std::optional<size_t> branch_for(const AvroSchema& reader, const std::vector<uint32_t>& branches, const AvroType& from,
                                 F&& resolves) {
  for (const bool exact : {true, false}) {
    for (size_t i = 0; i < branches.size(); ++i) {
      const AvroType& branch = reader.type(branches[i]);
      const bool same = branch.kind == from.kind && branch.short_name() == from.short_name();
      if ((!exact || same) && resolves(i)) return i;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<size_t> find_avro_field(const AvroType& writer, std::string_view name, const AvroField* reader) {
  const auto find = [&](std::string_view wanted) -> std::optional<size_t> {
    for (size_t i = 0; i < writer.fields.size(); ++i) {
      if (writer.fields[i].name == wanted) return i;
    }
    return std::nullopt;
  };
  if (const auto found = find(name)) return found;
  if (reader == nullptr) return std::nullopt;
  for (const std::string& alias : reader->aliases) {
    if (const auto found = find(alias)) return found;
  }
  return std::nullopt;
}

Result<AvroTake> AvroResolver::resolve(uint32_t writer_type, std::optional<uint32_t> reader_type,
                                       const Type& type) const {
  const AvroType& from = writer.type(writer_type);
  if (from.kind == AvroKind::kUnion) return of_union(writer_type, reader_type, type);
  AvroTake take{.wire = from.kind, .writer = writer_type, .type = type, .bytes = from.bytes, .scale = from.scale};
  if (from.kind == AvroKind::kNull) return take;
  if (reader_type && reader->type(*reader_type).kind == AvroKind::kUnion) {
    return to_union(writer_type, reader->type(*reader_type), type);
  }
  if (from.kind == AvroKind::kRecord) {
    if (!type.is(TypeKind::kStruct)) return no_fit(from, type);
    return record(from, std::move(take), reader_type);
  }
  if (from.kind == AvroKind::kArray || from.kind == AvroKind::kMap) return nested(from, std::move(take), reader_type);
  return scalar(from, std::move(take), reader_type);
}

// Each branch by itself; one that does not fit matters only to the records that have it.
Result<AvroTake> AvroResolver::of_union(uint32_t writer_type, std::optional<uint32_t> reader_type,
                                        const Type& type) const {
  const AvroType& from = writer.type(writer_type);
  AvroTake take{.op = Op::kUnion, .wire = AvroKind::kUnion, .writer = writer_type, .type = type};
  std::optional<Error> first;
  bool any = false;
  for (size_t i = 0; i < from.branches.size(); ++i) {
    auto branch = resolve(from.branches[i], reader_type, type);
    if (branch.ok()) {
      any = any || branch->op != Op::kNull;
      take.children.push_back(*std::move(branch));
      continue;
    }
    if (!first) first = branch.error();
    take.children.push_back(
        {.op = Op::kMisfit, .writer = from.branches[i], .type = type, .why = branch.error().message()});
  }
  if (!any && first) return *first;
  return take;
}

Result<AvroTake> AvroResolver::to_union(uint32_t writer_type, const AvroType& to, const Type& type) const {
  const AvroType& from = writer.type(writer_type);
  std::vector<uint32_t> branches;
  for (const uint32_t branch : to.branches) {
    if (reader->type(branch).kind != AvroKind::kNull) branches.push_back(branch);
  }
  const bool members = branches.size() > 1;
  if (members && (!type.is(TypeKind::kStruct) || type.fields().size() != branches.size())) return no_fit(from, type);
  Result<AvroTake> found = no_fit(from, type);
  const auto branch = branch_for(*reader, branches, from, [&](size_t i) {
    found = resolve(writer_type, branches[i], members ? type.fields()[i].type : type);
    return found.ok();
  });
  if (!branch || !members) return found;
  AvroTake take{.op = Op::kMember, .wire = from.kind, .writer = writer_type, .type = type, .member = *branch};
  take.children.push_back(*std::move(found));
  return take;
}

Result<Column> AvroResolver::default_of(const AvroField* field, const Type& type, size_t bytes_max,
                                        size_t& bytes) const {
  if (field == nullptr) return null_column(type, 1);
  if (!field->default_value) {
    return Error(ErrorCode::kInvalidArgument, "the writer does not have it, and it has no default");
  }
  std::string value;
  MILLRACE_ASSERT(append_avro_default(*reader, field->type, *field->default_value, value),
                  "it fitted when it was read");
  if (value.size() > bytes_max) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("its default has {} bytes, and {} is the most", value.size(), bytes_max));
  }
  bytes += value.size();
  Buffer padded = Buffer::zeroed(value.size());
  if (!value.empty()) std::memcpy(padded.bytes(), value.data(), value.size());
  const AvroResolver same{.writer = *reader, .reader = reader};
  TRY(take, same.resolve(field->type, field->type, type));
  AvroWalk walk(*reader);
  AvroTaker taker(walk);
  ColumnBuilder row(type);
  const char* at = padded.as<char>();
  taker.take(take, at, at + padded.size(), row);
  if (!taker.misfit().empty()) return Error(ErrorCode::kInvalidArgument, "its default: " + taker.misfit());
  return row.finish();
}

Result<AvroTake> AvroResolver::record(const AvroType& from, AvroTake take, std::optional<uint32_t> reader_type) const {
  const AvroType* to = reader_type ? &reader->type(*reader_type) : nullptr;
  if (to != nullptr && to->kind != AvroKind::kRecord) return no_fit(from, take.type);
  take.op = Op::kRecord;
  for (const AvroField& field : from.fields) take.parts.push_back({field.type, -1});
  for (const Field& field : take.type.fields()) {
    const AvroField* wanted = nullptr;
    for (size_t i = 0; to != nullptr && i < to->fields.size(); ++i) {
      if (to->fields[i].name == field.name) wanted = &to->fields[i];
    }
    const auto index = static_cast<int>(take.children.size());
    const auto found = find_avro_field(from, field.name, wanted);
    take.children.push_back({.type = field.type});
    take.defaults.emplace_back();
    if (!found) {
      auto otherwise = default_of(wanted, field.type, kAvroInnerDefaultBytesMax, take.default_bytes);
      if (!otherwise.ok()) return otherwise.error().with_context(field.name);
      take.defaults.back() = *std::move(otherwise);
      continue;
    }
    take.parts[*found].child = index;
    auto child = resolve(from.fields[*found].type, wanted ? std::optional(wanted->type) : std::nullopt, field.type);
    if (!child.ok()) return child.error().with_context(field.name);
    take.children.back() = *std::move(child);
  }
  return take;
}

Result<AvroTake> AvroResolver::nested(const AvroType& from, AvroTake take, std::optional<uint32_t> reader_type) const {
  const AvroType* to = reader_type ? &reader->type(*reader_type) : nullptr;
  if (to != nullptr && to->kind != from.kind) return no_fit(from, take.type);
  const std::optional<uint32_t> inside = to != nullptr ? std::optional(to->branches[0]) : std::nullopt;
  const uint32_t element = from.branches[0];
  if (from.kind == AvroKind::kArray && take.type.is(TypeKind::kArray)) {
    take.op = Op::kArray;
    TRY(child, resolve(element, inside, take.type.element()));
    take.children.push_back(std::move(child));
    return take;
  }
  if (from.kind == AvroKind::kMap && take.type.is(TypeKind::kMap) && take.type.key().is(TypeKind::kString)) {
    take.op = Op::kMap;
    TRY(child, resolve(element, inside, take.type.value()));
    take.children.push_back(std::move(child));
    return take;
  }
  if (from.logical == AvroLogical::kMap && take.type.is(TypeKind::kMap)) {
    take.op = Op::kEntries;
    const AvroType& entry = writer.type(element);
    const AvroType* other = inside ? &reader->type(*inside) : nullptr;
    const bool both = other != nullptr && other->kind == AvroKind::kRecord && other->fields.size() == 2;
    if (other != nullptr && !both) return no_fit(from, take.type);
    TRY(key,
        resolve(entry.fields[0].type, both ? std::optional(other->fields[0].type) : std::nullopt, take.type.key()));
    TRY(value,
        resolve(entry.fields[1].type, both ? std::optional(other->fields[1].type) : std::nullopt, take.type.value()));
    take.children.push_back(std::move(key));
    take.children.push_back(std::move(value));
    return take;
  }
  return no_fit(from, take.type);
}

Result<AvroTake> AvroResolver::scalar(const AvroType& from, AvroTake take, std::optional<uint32_t> reader_type) const {
  const AvroKind kind = from.kind;
  const auto fits = [&](Op op, bool does) -> Result<AvroTake> {
    if (!does) return no_fit(from, take.type);
    take.op = op;
    return std::move(take);
  };
  switch (take.type.kind()) {
    case TypeKind::kBool: return fits(Op::kBool, kind == AvroKind::kBoolean);
    case TypeKind::kInt: return fits(Op::kInt, kind == AvroKind::kInt);
    case TypeKind::kBigint: return fits(Op::kLong, is_whole(kind));
    case TypeKind::kDate: return fits(Op::kInt, from.logical == AvroLogical::kDate);
    case TypeKind::kTimestamp: return fits(Op::kTimestamp, set_units(from.logical, take));
    case TypeKind::kDouble:
      return fits(Op::kDouble, is_whole(kind) || kind == AvroKind::kFloat || kind == AvroKind::kDouble);
    case TypeKind::kDecimal: return fits(Op::kDecimal, from.logical == AvroLogical::kDecimal);
    case TypeKind::kBinary: return fits(Op::kBinary, is_text(kind) || kind == AvroKind::kFixed);
    case TypeKind::kString: break;
    default: return no_fit(from, take.type);
  }
  if (kind == AvroKind::kString) return fits(Op::kText, true);
  if (kind == AvroKind::kBytes) return fits(Op::kUtf8, from.logical == AvroLogical::kNone);
  if (kind == AvroKind::kFixed) return fits(Op::kUuid, from.logical == AvroLogical::kUuid);
  if (kind != AvroKind::kEnum) return no_fit(from, take.type);
  const AvroType* to = reader_type ? &reader->type(*reader_type) : nullptr;
  for (const std::string& symbol : from.symbols) {
    const bool known = to == nullptr || to->kind != AvroKind::kEnum ||
                       std::find(to->symbols.begin(), to->symbols.end(), symbol) != to->symbols.end();
    take.symbols.push_back(known ? std::optional(symbol) : to->default_symbol);
  }
  return fits(Op::kSymbol, true);
}

}  // namespace millrace
