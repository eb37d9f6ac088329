#include "flow/scope.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr std::string_view kMeta = "_meta";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && lower(a) == lower(b); }

// How many parts of `path` the declared one takes; 0: it is not a prefix.
size_t prefix(const std::vector<std::string>& declared, const std::vector<std::string>& path) {
  if (declared.size() > path.size() || !std::equal(declared.begin(), declared.end(), path.begin(), same)) return 0;
  return declared.size();
}

struct MetaDescription {
  std::string_view name;
  MetaField field;
  TypeKind type;
};
constexpr std::array kMetaFields = std::to_array<MetaDescription>({
    {"ingested_at", MetaField::kIngestedAt, TypeKind::kTimestamp},
    {"run_id", MetaField::kRunId, TypeKind::kString},
    {"source", MetaField::kSource, TypeKind::kString},
    {"file", MetaField::kFile, TypeKind::kString},
    {"line", MetaField::kLine, TypeKind::kBigint},
    {"offset", MetaField::kOffset, TypeKind::kBigint},
    {"topic", MetaField::kTopic, TypeKind::kString},
    {"partition", MetaField::kPartition, TypeKind::kInt},
    {"key", MetaField::kKey, TypeKind::kString},
    {"timestamp", MetaField::kTimestamp, TypeKind::kTimestamp},
});

}  // namespace

int Slots::add(std::string name, Type type) {
  schema.fields.push_back({std::move(name), std::move(type)});
  return static_cast<int>(schema.fields.size()) - 1;
}

Scope::Scope(Slots& slots, SourceSchema source) : slots_(&slots), source_(std::move(source)), open_(source_.open) {
  for (const auto& declared : source_.declared) {
    if (declared.path.size() == 1) visible_.push_back({declared.path[0], declared.type, -1});
  }
}

VisibleColumn* Scope::look_up(std::string_view name) {
  const auto found = std::find_if(visible_.begin(), visible_.end(),
                                  [&](const VisibleColumn& column) { return same(column.name, name); });
  if (found == visible_.end()) return nullptr;
  if (found->slot < 0) found->slot = source_slot({found->name}, found->type);
  return &*found;
}

const VisibleColumn* Scope::find(std::string_view name) { return look_up(name); }

const std::vector<VisibleColumn>& Scope::columns() {
  for (VisibleColumn& column : visible_) {
    if (column.slot < 0) column.slot = source_slot({column.name}, column.type);
  }
  return visible_;
}

int Scope::source_slot(const std::vector<std::string>& path, const Type& type) {
  for (const SourceColumn& column : slots_->source_columns) {
    if (column.path == path) return column.slot;
  }
  const int slot = slots_->add(fmt::format("{}", fmt::join(path, ".")), type);
  slots_->source_columns.push_back({path, type, slot});
  return slot;
}

std::optional<NameResolver::Found> Scope::resolve(const std::vector<std::string>& path) {
  if (path.empty()) return std::nullopt;
  const VisibleColumn* column = look_up(path[0]);
  if (column != nullptr) return Found{column->slot, column->type, 1};
  if (path[0] == kMeta) return resolve_meta(path);
  if (lost_) return Found{source_slot(path, TypeKind::kString), TypeKind::kString, path.size()};
  return open_ ? resolve_source(path) : std::nullopt;
}

std::optional<NameResolver::Found> Scope::resolve_meta(const std::vector<std::string>& path) {
  if (path.size() < 2) return std::nullopt;
  for (const MetaDescription& meta : kMetaFields) {
    if (!same(meta.name, path[1])) continue;
    for (const MetaColumn& column : slots_->meta_columns) {
      if (column.field == meta.field) return Found{column.slot, meta.type, 2};
    }
    const int slot = slots_->add(fmt::format("{}.{}", kMeta, meta.name), meta.type);
    slots_->meta_columns.push_back({meta.field, slot});
    return Found{slot, meta.type, 2};
  }
  return std::nullopt;
}

std::optional<NameResolver::Found> Scope::resolve_source(const std::vector<std::string>& path) {
  if (std::any_of(hidden_.begin(), hidden_.end(), [&](const std::string& name) { return same(name, path[0]); })) {
    return std::nullopt;
  }
  const SourceSchema::Declared* best = nullptr;
  for (const auto& declared : source_.declared) {
    const size_t parts = prefix(declared.path, path);
    if (parts > 0 && (best == nullptr || parts > best->path.size())) best = &declared;
  }
  if (best != nullptr) return Found{source_slot(best->path, best->type), best->type, best->path.size()};
  const std::string name = fmt::format("{}", fmt::join(path, "."));
  if (std::find(undeclared_.begin(), undeclared_.end(), name) == undeclared_.end()) undeclared_.push_back(name);
  return Found{source_slot(path, TypeKind::kString), TypeKind::kString, path.size()};
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> all;
  for (const VisibleColumn& column : visible_) all.push_back(column.name);
  return all;
}

std::vector<std::string> Scope::declared_paths() const {
  std::vector<std::string> all;
  for (const auto& declared : source_.declared) all.push_back(fmt::format("{}", fmt::join(declared.path, ".")));
  return all;
}

void Scope::close(std::vector<VisibleColumn> columns) {
  visible_ = std::move(columns);
  open_ = false;
}

int Scope::add_or_replace(const std::string& name, const Type& type) {
  const int slot = slots_->add(name, type);
  put({name, type, slot});
  return slot;
}

void Scope::put(VisibleColumn column) {
  const auto there = std::find_if(visible_.begin(), visible_.end(),
                                  [&](const VisibleColumn& one) { return same(one.name, column.name); });
  if (there != visible_.end()) {
    *there = std::move(column);
  } else {
    visible_.push_back(std::move(column));
  }
}

bool Scope::drop(std::string_view name) {
  const auto there =
      std::find_if(visible_.begin(), visible_.end(), [&](const VisibleColumn& one) { return same(one.name, name); });
  if (there == visible_.end()) {
    if (lost_) return true;
    if (!open_ || name.find('.') != std::string_view::npos) return false;
    hidden_.emplace_back(name);
    return true;
  }
  visible_.erase(there);
  if (open_) hidden_.emplace_back(name);
  return true;
}

bool Scope::rename(std::string_view from, std::string to) {
  VisibleColumn* column = look_up(from);
  if (column == nullptr) {
    // A path that nobody has declared gets a name of its own.
    if (lost_) return true;
    if (!open_) return false;
    std::vector<std::string> path;
    for (size_t begin = 0; begin <= from.size();) {
      const size_t dot = std::min(from.find('.', begin), from.size());
      path.emplace_back(from.substr(begin, dot - begin));
      begin = dot + 1;
    }
    const auto found = resolve_source(path);
    if (!found || found->parts != path.size()) return false;
    visible_.push_back({std::move(to), found->type, found->column});
    if (path.size() == 1) hidden_.emplace_back(from);
    return true;
  }
  column->name = std::move(to);
  if (open_) hidden_.emplace_back(from);
  return true;
}

const VisibleColumn* find_column(const std::vector<VisibleColumn>& columns, std::string_view name) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const VisibleColumn& column) { return same(column.name, name); });
  return found == columns.end() ? nullptr : &*found;
}

void Scope::note_gone(std::string_view name, std::string why) { gone_[lower(name)] = std::move(why); }

const std::string* Scope::why_gone(std::string_view name) const {
  const auto found = gone_.find(lower(name));
  return found == gone_.end() ? nullptr : &found->second;
}

}  // namespace millrace
