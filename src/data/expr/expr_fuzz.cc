// Any text parses or is refused; what compiles over columns of every type evaluates, at any set of rows, without a
// fault twice.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "data/builder.h"
#include "data/expr/expr.h"

namespace millrace {
namespace {

constexpr size_t kRows = 70;

Batch random_batch(uint64_t seed) {
  const auto next = [&seed] { return seed = seed * 6364136223846793005ULL + 1442695040888963407ULL, seed >> 33; };
  FixedBuilder<int32_t> i(TypeKind::kInt, kRows);
  FixedBuilder<double> d(TypeKind::kDouble, kRows);
  StringBuilder s(TypeKind::kString, kRows);
  BoolBuilder b(kRows);
  ColumnBuilder a(Type::array(TypeKind::kInt));
  for (size_t row = 0; row < kRows; ++row) {
    next() % 5 == 0 ? i.append_null() : i.append(static_cast<int32_t>(next() % 3 == 0 ? next() : next() % 4));
    next() % 5 == 0 ? d.append_null() : d.append(static_cast<double>(next() % 100) / 7 - 3);
    next() % 5 == 0 ? s.append_null() : s.append(std::string_view("2026-11-21 abc").substr(next() % 8, next() % 9));
    next() % 5 == 0 ? b.append_null() : b.append(next() % 2 == 0);
    for (uint64_t n = next() % 4; n > 0; --n) a.child(0).append_int(static_cast<int32_t>(next() % 9));
    a.end_nested();
  }
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{{{"i", TypeKind::kInt},
                                                        {"d", TypeKind::kDouble},
                                                        {"s", TypeKind::kString},
                                                        {"b", TypeKind::kBool},
                                                        {"a", Type::array(TypeKind::kInt)}}});
  batch.columns = {i.finish(), d.finish(), s.finish(), b.finish(), a.finish()};
  batch.rows = kRows;
  return batch;
}

void check_text(std::string_view text) {
  const ParseOutcome parsed = parse_select_list(text);
  for (const ExprError& error : parsed.errors) {
    MILLRACE_ASSERT(error.begin <= error.end && error.end <= text.size() + 1, "an error outside of the text");
  }
  if (!parsed.ok()) return;
  const Batch batch = random_batch(text.size());
  const auto names = schema_resolver(batch.schema);
  const Program::Outcome compiled = Program::compile(parsed.exprs, *names);
  if (!compiled.ok()) return;
  const std::vector<uint32_t> some{3, 17, 64, 69};
  for (const Rows& rows : {Rows::all(kRows), Rows::some(kRows, some)}) {
    const Evaluated got = compiled.program->evaluate(batch, rows, {});
    std::set<std::pair<uint32_t, uint32_t>> seen;
    for (const ExprFault& fault : got.faults) {
      MILLRACE_ASSERT(seen.emplace(fault.row, fault.expr).second, "two faults of one row and expression");
      MILLRACE_ASSERT(got.columns[fault.expr].is_null(fault.row), "a value where a fault is");
    }
    for (const Column& column : got.columns) rows.for_each([&](size_t row) { (void)format_value(column, row); });
  }
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::check_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
