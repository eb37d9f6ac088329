#include "flow/constant.h"

#include <array>
#include <string>

#include "data/builder.h"
#include "data/expr/cast.h"

namespace millrace {
namespace {

class AnyFault final : public FaultSink {
 public:
  void fault(size_t, std::string_view) override { happened = true; }
  bool happened = false;
};

}  // namespace

std::optional<Column> constant_of(std::string_view text, const Type& type) {
  const auto cast = cast_kernel(TypeKind::kString, type);
  if (!cast) return std::nullopt;
  AnyFault faults;
  const EvalContext context;
  const std::array args = {constant_string(std::string(text))};
  Column value = (*cast)(Call(args, Rows::all(1), context, &faults));
  if (faults.happened || value.is_null(0)) return std::nullopt;
  return value;
}

}  // namespace millrace
