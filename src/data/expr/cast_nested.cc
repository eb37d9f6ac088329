// Casts of arrays, maps and structs: part by part.
#include "data/expr/cast_kernels.h"

namespace millrace {
namespace {

// A fault in a part is a fault of the row that the part belongs to.
class PartFaults final : public FaultSink {
 public:
  PartFaults(const Call& call, std::vector<uint32_t> owners) : call_(call), owners_(std::move(owners)) {}

  void fault(size_t part, std::string_view message) override {
    const uint32_t row = owners_.empty() ? static_cast<uint32_t>(part) : owners_[part];
    call_.fault(row, message);
    failed_.push_back(row);
  }
  const std::vector<uint32_t>& failed() const { return failed_; }

 private:
  const Call& call_;
  std::vector<uint32_t> owners_;  // per part; empty: a part's row is its owner's
  std::vector<uint32_t> failed_;
};

Column cast_parts(const Call& call, const Type& to, const std::vector<Kernel>& kernels) {
  const Column arg = flatten(call.arg(0));
  const size_t rows = call.rows().total();
  const bool is_struct = to.is(TypeKind::kStruct);
  std::vector<uint32_t> parts;
  std::vector<uint32_t> owners(is_struct ? 0 : arg.children[0].rows);
  call.rows().for_each([&](size_t row) {
    if (arg.is_null(row)) return;
    if (is_struct) return parts.push_back(static_cast<uint32_t>(row));
    const Column::Range range = arg.range_at(row);
    for (size_t i = range.begin; i < range.end; ++i) {
      parts.push_back(static_cast<uint32_t>(i));
      owners[i] = static_cast<uint32_t>(row);
    }
  });
  PartFaults faults(call, std::move(owners));
  Column out = arg;
  out.type = to;
  std::vector<uint32_t> failed_first;  // of the first kind of part: keys
  for (size_t i = 0; i < kernels.size(); ++i) {
    const Rows part_rows = Rows::some(arg.children[i].rows, parts);
    out.children[i] = kernels[i](Call({&arg.children[i], 1}, part_rows, call.context(), &faults));
    if (out.children[i].constant) out.children[i] = flatten(out.children[i]);
    if (i == 0) failed_first = faults.failed();
  }
  // Under TRY_CAST the part is null already, which is enough but for the key of a map.
  const std::vector<uint32_t> none;
  const bool is_quiet = call.faults() == nullptr;
  const std::vector<uint32_t>& failed = !is_quiet ? faults.failed() : to.is(TypeKind::kMap) ? failed_first : none;
  out.validity = without_rows(arg.validity, rows, failed);
  return out;
}

}  // namespace

std::optional<Kernel> cast_nested(const Type& from, const Type& to) {
  if (from.kind() != to.kind()) return std::nullopt;
  std::vector<Kernel> kernels;
  const auto add = [&](const Type& a, const Type& b) {
    std::optional<Kernel> kernel = cast_kernel(a, b);
    if (kernel) kernels.push_back(std::move(*kernel));
    return kernel.has_value();
  };
  if (from.is(TypeKind::kArray)) {
    if (!add(from.element(), to.element())) return std::nullopt;
  } else if (from.is(TypeKind::kMap)) {
    if (!add(from.key(), to.key()) || !add(from.value(), to.value())) return std::nullopt;
  } else {
    if (from.fields().size() != to.fields().size()) return std::nullopt;
    for (size_t i = 0; i < from.fields().size(); ++i) {
      if (!add(from.fields()[i].type, to.fields()[i].type)) return std::nullopt;
    }
  }
  return Kernel([to, kernels](const Call& call) { return cast_parts(call, to, kernels); });
}

}  // namespace millrace
