#include "data/formats/avro/decoder.h"

#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {

Result<std::unique_ptr<AvroDecoder>> AvroDecoder::make(AvroSchema writer, std::span<const ReadColumn> columns,
                                                       const AvroSchema* reader) {
  const auto of_record = [](const AvroSchema& schema) -> Status {
    if (schema.root().kind == AvroKind::kRecord) return {};
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("an Avro schema of {}, not of a record", schema.root().text()));
  };
  TRY_STATUS(of_record(writer));
  if (reader != nullptr) TRY_STATUS(of_record(*reader));
  std::unique_ptr<AvroDecoder> decoder(new AvroDecoder(std::move(writer)));
  const AvroType& from = decoder->writer_.root();
  const AvroResolver resolver{.writer = decoder->writer_, .reader = reader};
  for (const ReadColumn& column : columns) {
    MILLRACE_ASSERT(column.path.size() == 1, "columns of Avro records are their fields");
    const std::string& name = column.path[0];
    const AvroField* wanted = nullptr;
    for (size_t i = 0; reader != nullptr && i < reader->root().fields.size(); ++i) {
      if (reader->root().fields[i].name == name) wanted = &reader->root().fields[i];
    }
    Leaf leaf{.field = find_avro_field(from, name, wanted), .take = {.type = column.type}};
    if (!leaf.field) {
      auto otherwise = resolver.default_of(wanted, column.type, kAvroDefaultBytesMax, leaf.otherwise_bytes);
      if (!otherwise.ok()) return otherwise.error().with_context(name);
      leaf.otherwise = *std::move(otherwise);
    } else {
      auto take = resolver.resolve(from.fields[*leaf.field].type,
                                   wanted != nullptr ? std::optional(wanted->type) : std::nullopt, column.type);
      if (!take.ok()) return take.error().with_context(name);
      leaf.take = *std::move(take);
      if (decoder->walk_.is_optional(*leaf.field)) {  // the walk has been through the union
        const size_t value = leaf.take.children[0].op == AvroTake::Op::kNull ? 1 : 0;
        leaf.take = AvroTake(leaf.take.children[value]);
      }
    }
    decoder->leaves_.push_back(std::move(leaf));
  }
  return decoder;
}

}  // namespace millrace
