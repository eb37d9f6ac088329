// Collections made of others, and of texts.
#include <unordered_set>

#include "data/expr/collection_access.h"
#include "data/expr/functions/collection_binds.h"
#include "data/expr/functions/pattern_argument.h"
#include "data/expr/functions/split.h"
#include "data/expr/functions/text_kernel.h"
#include "data/expr/row_random.h"

namespace millrace::collection {

BindResult bind_concat_arrays(BindArgs args) {
  Type type = args[0].type;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].type.is(TypeKind::kArray)) return wants(i, "an array, as the others are,", args[i].type);
    const auto common = common_type(type, args[i].type);
    if (!common) return wants(i, "an array like the first, " + type.text(), args[i].type);
    type = *common;
  }
  return Binding{type, std::vector<Type>(args.size(), type), [type](const Call& call) {
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     size_t count = out.child(0).rows();
                     for (const Column& arg : call.args()) count += arg.range_at(row).end - arg.range_at(row).begin;
                     if (count > static_cast<size_t>(kElementsMax)) {
                       call.fault(row, fmt::format("the arrays have more than {} elements", kElementsMax));
                       return out.append_null();
                     }
                     for (const Column& arg : call.args()) {
                       const Column::Range range = arg.range_at(row);
                       out.child(0).append_range(arg.children[0], range.begin, range.end);
                     }
                     out.end_nested();
                   });
                 }};
}

namespace {

// Where element i of each array is, row after row; kNullIndex where an array is shorter than the longest.
Column zip_arrays(const Call& call, const Type& type) {
  const size_t total = call.rows().total();
  std::vector<std::vector<uint32_t>> places(call.args().size());
  Buffer offsets = Buffer::zeroed((total + 1) * sizeof(int32_t));
  ValidityBuilder validity;
  size_t structs = 0;
  const auto close = [&](bool valid) {
    validity.append(valid);
    offsets.as<int32_t>()[validity.rows()] = static_cast<int32_t>(structs);
  };
  call.rows().for_each([&](size_t row) {
    while (validity.rows() < row) close(false);
    if (lacks_argument(call, row, 0)) return close(false);
    size_t longest = 0;
    for (const Column& arg : call.args()) longest = std::max(longest, arg.range_at(row).end - arg.range_at(row).begin);
    for (size_t a = 0; a < places.size(); ++a) {
      const Column::Range range = call.arg(a).range_at(row);
      for (size_t i = 0; i < longest; ++i) {
        const size_t at = range.begin + i;
        places[a].push_back(at < range.end ? static_cast<uint32_t>(at) : kNullIndex);
      }
    }
    structs += longest;
    close(true);
  });
  while (validity.rows() < total) close(false);
  Column items{.type = type.element(), .rows = structs};
  for (size_t a = 0; a < places.size(); ++a) items.children.push_back(gather(call.arg(a).children[0], places[a]));
  Column out{.type = type, .rows = total};
  out.validity = validity.finish();
  out.offsets = share(std::move(offsets));
  out.children.push_back(std::move(items));
  return out;
}

// The pairs of one text: keys and values in columns of their own, since there is nothing to copy them from.
class TextMaps {
 public:
  TextMaps(const Type& type, size_t rows) : type_(type), offsets_((rows + 1) * sizeof(int32_t)) {
    offsets_.as<int32_t>()[0] = 0;
  }
  // False when the key is there already.
  bool put(std::string_view key, std::optional<std::string_view> value) {
    if (!seen_.insert(key).second) return false;
    keys_.append(key);
    value ? values_.append(*value) : values_.append_null();
    return true;
  }
  void end_row(bool valid) {
    validity_.append(valid);
    offsets_.as<int32_t>()[validity_.rows()] = static_cast<int32_t>(keys_.rows());
    seen_.clear();
  }
  size_t rows() const { return validity_.rows(); }
  Column finish() {
    Column column{.type = type_, .rows = validity_.rows()};
    column.validity = validity_.finish();
    column.offsets = share(std::move(offsets_));
    column.children.push_back(keys_.finish());
    column.children.push_back(values_.finish());
    return column;
  }

 private:
  Type type_;
  Buffer offsets_;
  ValidityBuilder validity_;
  StringBuilder keys_, values_;
  std::unordered_set<std::string_view> seen_;
};

bool add_pairs(const JavaPattern& pairs, const JavaPattern& values, const Call& call, size_t row, TextMaps& out) {
  bool well = true;
  for_each_part(pairs, call.arg(0).string_at(row), -1, [&](std::string_view pair) {
    std::string_view key;
    std::optional<std::string_view> value;
    bool first = true;
    for_each_part(values, pair, 2, [&](std::string_view part) {
      if (first) {
        key = part;
      } else {
        value = part;
      }
      first = false;
    });
    if (!well || out.put(key, value)) return;
    call.fault(row, fmt::format("the key {} is twice in the map", key));
    well = false;
  });
  return well;
}

}  // namespace

BindResult bind_arrays_zip(BindArgs args) {
  std::vector<Field> fields;
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool null = args[i].type.is(TypeKind::kNull);
    if (!null && !args[i].type.is(TypeKind::kArray)) return wants(i, "an array", args[i].type);
    types.push_back(null ? Type::array(TypeKind::kNull) : args[i].type);
    fields.push_back({args[i].name.empty() ? std::to_string(i) : std::string(args[i].name), types[i].element()});
  }
  const Type type = Type::array(Type::structure(std::move(fields)));
  return Binding{type, std::move(types), [type](const Call& call) { return zip_arrays(call, type); }};
}

// Every order is as likely; the seed of a second argument is one more that the chance is drawn from.
BindResult bind_shuffle(BindArgs args) {
  const Type type = args[0].type.is(TypeKind::kNull) ? Type::array(TypeKind::kNull) : args[0].type;
  if (!type.is(TypeKind::kArray)) return wants(0, "an array", type);
  std::vector<Type> types{type};
  if (args.size() == 2) {
    const bool whole = args[1].type.is(TypeKind::kInt) || args[1].type.is(TypeKind::kBigint);
    if (!whole || args[1].constant == nullptr || args[1].constant->is_null(0)) {
      return wants(1, "a constant whole number", args[1].type);
    }
    types.emplace_back(TypeKind::kBigint);
  }
  return Binding{type, std::move(types), [](const Call& call) {
                   return pick_elements(call, [&](size_t row, std::vector<uint32_t>& picked) {
                     const Column::Range range = call.arg(0).range_at(row);
                     const size_t first = picked.size();
                     for (size_t at = range.begin; at < range.end; ++at) picked.push_back(static_cast<uint32_t>(at));
                     Random random = row_random(call, row);
                     if (call.args().size() == 2) {
                       random = Random(random.next() ^ static_cast<uint64_t>(call.arg(1).at<int64_t>(row)));
                     }
                     for (size_t left = picked.size() - first; left > 1; --left) {
                       std::swap(picked[first + left - 1], picked[first + random.below(left)]);
                     }
                   });
                 }};
}

BindResult bind_str_to_map(BindArgs args) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].type.is(TypeKind::kString) && !args[i].type.is(TypeKind::kNull))
      return wants(i, "a text", args[i].type);
  }
  std::vector<PatternArgument> patterns;
  for (size_t i = 1; i < 3; ++i) {
    if (i >= args.size()) {
      patterns.push_back(PatternArgument::constant(i == 1 ? "," : ":"));
      continue;
    }
    auto pattern = PatternArgument::bind(args, i);
    if (auto* error = std::get_if<BindError>(&pattern)) return std::move(*error);
    patterns.push_back(std::get<PatternArgument>(std::move(pattern)));
  }
  const Type type = Type::map(TypeKind::kString, TypeKind::kString);
  return Binding{type, std::vector<Type>(args.size(), TypeKind::kString), [type, patterns](const Call& call) {
                   TextMaps out(type, call.rows().total());
                   call.rows().for_each([&](size_t row) {
                     while (out.rows() < row) out.end_row(false);
                     if (lacks_argument(call, row, 0)) return out.end_row(false);
                     const JavaPattern* found = patterns[0].at(call, row);
                     if (found == nullptr) return out.end_row(false);
                     const JavaPattern pairs = *found;  // the next at() may forget it
                     const JavaPattern* values = patterns[1].at(call, row);
                     out.end_row(values != nullptr && add_pairs(pairs, *values, call, row, out));
                   });
                   while (out.rows() < call.rows().total()) out.end_row(false);
                   return out.finish();
                 }};
}

}  // namespace millrace::collection
