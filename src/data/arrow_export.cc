#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "data/arrow.h"

namespace millrace {
namespace {

// What one exported node keeps alive. Children live inside and are released with it, unless they were moved out before.
struct SchemaNode {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

struct ArrayNode {
  Column column;
  std::array<const void*, 3> buffers{};
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

template <typename Node, typename Exported>
void release(Exported* exported) {
  auto* node = static_cast<Node*>(exported->private_data);
  for (Exported& child : node->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete node;
  exported->private_data = nullptr;
  exported->release = nullptr;
}

std::string arrow_format(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return "n";
    case TypeKind::kBool: return "b";
    case TypeKind::kInt: return "i";
    case TypeKind::kBigint: return "l";
    case TypeKind::kDouble: return "g";
    case TypeKind::kDecimal: return fmt::format("d:{},{}", type.precision(), type.scale());
    case TypeKind::kString: return "u";
    case TypeKind::kBinary: return "z";
    case TypeKind::kDate: return "tdD";
    case TypeKind::kTimestamp: return "tsu:UTC";
    case TypeKind::kArray: return "+l";
    case TypeKind::kMap: return "+m";
    case TypeKind::kStruct: return "+s";
    case TypeKind::kInterval: break;
  }
  MILLRACE_UNREACHABLE("an interval has no Arrow format");
}

Status check_exportable(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInterval:
      return Error(ErrorCode::kInvalidArgument, "an interval cannot leave an expression; cast it to string");
    case TypeKind::kArray: return check_exportable(type.element());
    case TypeKind::kMap: TRY_STATUS(check_exportable(type.key())); return check_exportable(type.value());
    case TypeKind::kStruct:
      for (const Field& field : type.fields()) TRY_STATUS(check_exportable(field.type));
      return {};
    default: return {};
  }
}

// In Arrow a map is a list of entries, a struct<key, value> that has no nulls; ours holds keys and values directly.
Type entries_type(const Type& map) { return Type::structure({{"key", map.key()}, {"value", map.value()}}); }

ArrowSchema make_schema(const Type& type, std::string_view name, bool nullable) {
  auto* node = new SchemaNode{.format = arrow_format(type), .name = std::string(name), .children = {}, .pointers = {}};
  if (type.is(TypeKind::kArray)) {
    node->children.push_back(make_schema(type.element(), "element", true));
  } else if (type.is(TypeKind::kMap)) {
    ArrowSchema entries = make_schema(entries_type(type), "entries", false);
    entries.children[0]->flags = 0;
    node->children.push_back(entries);
  } else if (type.is(TypeKind::kStruct)) {
    for (const Field& field : type.fields()) node->children.push_back(make_schema(field.type, field.name, true));
  }
  for (ArrowSchema& child : node->children) node->pointers.push_back(&child);
  return {.format = node->format.c_str(),
          .name = node->name.c_str(),
          .metadata = nullptr,
          .flags = nullable ? ARROW_FLAG_NULLABLE : 0,
          .n_children = static_cast<int64_t>(node->children.size()),
          .children = node->pointers.data(),
          .dictionary = nullptr,
          .release = release<SchemaNode, ArrowSchema>,
          .private_data = node};
}

// Receivers may not expect a null pointer where a buffer is empty.
const void* address(const BufferRef& buffer) {
  alignas(kBufferAlignment) static constexpr std::array<std::byte, kBufferSlack> kEmpty{};
  return buffer == nullptr || buffer->bytes() == nullptr ? static_cast<const void*>(kEmpty.data()) : buffer->bytes();
}

// A map's children as the one struct column that Arrow wants.
Column entries_of(const Column& map) {
  Column entries{.type = entries_type(map.type), .rows = map.children[0].rows};
  entries.children = map.children;
  return entries;
}

ArrowArray make_array(Column given) {
  auto* node = new ArrayNode{.column = flatten(given), .buffers = {}, .children = {}, .pointers = {}};
  const Column& column = node->column;
  const Type& type = column.type;
  size_t buffers = 0;
  if (!type.is(TypeKind::kNull)) {
    node->buffers[buffers++] = column.validity == nullptr ? nullptr : address(column.validity);
  }
  if (type.is_variable() || type.is(TypeKind::kArray) || type.is(TypeKind::kMap)) {
    node->buffers[buffers++] = address(column.offsets);
  }
  if (!type.is_nested() && !type.is(TypeKind::kNull)) node->buffers[buffers++] = address(column.values);
  if (type.is(TypeKind::kMap)) {
    node->children.push_back(make_array(entries_of(column)));
  } else {
    for (const Column& child : column.children) node->children.push_back(make_array(child));
  }
  for (ArrowArray& child : node->children) node->pointers.push_back(&child);
  int64_t nulls = column.validity == nullptr ? 0 : -1;  // -1: the receiver counts if it wants to know
  if (type.is(TypeKind::kNull)) nulls = static_cast<int64_t>(column.rows);
  return {.length = static_cast<int64_t>(column.rows),
          .null_count = nulls,
          .offset = 0,
          .n_buffers = static_cast<int64_t>(buffers),
          .n_children = static_cast<int64_t>(node->children.size()),
          .buffers = node->buffers.data(),
          .children = node->pointers.data(),
          .dictionary = nullptr,
          .release = release<ArrayNode, ArrowArray>,
          .private_data = node};
}

}  // namespace

Status export_schema(const Schema& from, ArrowSchema* schema) {
  const Type type = Type::structure(from.fields);
  TRY_STATUS(check_exportable(type));
  *schema = make_schema(type, "", false);
  return {};
}

Status export_column(const Column& from, ArrowSchema* schema, ArrowArray* array) {
  TRY_STATUS(check_exportable(from.type));
  *schema = make_schema(from.type, "", true);
  *array = make_array(from);
  return {};
}

Status export_batch(const Batch& from, ArrowSchema* schema, ArrowArray* array) {
  TRY_STATUS(export_schema(*from.schema, schema));
  Column whole{.type = Type::structure(from.schema->fields), .rows = from.rows};
  whole.children = from.columns;
  *array = make_array(from.all_alive ? whole : gather(whole, from.alive));
  return {};
}

}  // namespace millrace
