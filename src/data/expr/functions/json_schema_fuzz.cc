// Schemas of from_json, and JSON read by one.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "data/expr/functions/json_read.h"
#include "data/expr/functions/json_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  const std::string text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes from the fuzzer
  static_cast<void>(parse_json_schema(text).ok());
  const JsonReadOptions options;
  JsonValueReader reader(options, 0);
  const Type type =
      parse_json_schema("a INT, b ARRAY<INT>, c MAP<STRING, DOUBLE>, d STRUCT<x: DATE, y: TIMESTAMP>, e STRING")
          .value();
  ColumnBuilder builder(type);
  reader.read(text, type, builder);
  MILLRACE_ASSERT(builder.finish().rows == 1, text);
  // What a text is, its own schema reads.
  JsonTree tree;
  if (tree.parse(text)) static_cast<void>(schema_text(infer_json_type(tree, 0)));
  return 0;
}
