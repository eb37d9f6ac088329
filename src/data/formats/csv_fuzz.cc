#include <cstdint>
#include <memory>
#include <string>

#include "data/formats/bytes_testing.h"
#include "data/formats/csv_reader.h"
#include "data/formats/csv_writer.h"

using namespace millrace;

namespace {

void check(bool well, const char* what) { MILLRACE_ASSERT(well, what); }

// The first byte chooses the sizes and the dialect; the rest is the file.
struct Case {
  CsvDialect dialect;
  FramingOptions options;
  size_t step;
};

Case choose(uint8_t byte) {
  Case one;
  one.dialect.header = false;
  one.dialect.names = {"a", "b"};
  if ((byte & 1) != 0) one.dialect.escape = '\\';
  if ((byte & 2) != 0) one.dialect.null_text = "N";
  one.options.piece_bytes = (byte & 4) != 0 ? 1 : 100;
  one.options.record_bytes_max = (byte & 8) != 0 ? 16 : 4096;
  one.step = (byte & 16) != 0 ? 1 : SIZE_MAX;
  return one;
}

// What is read well is written and read again: the same values.
void round_trip(const Case& one, const Origin& origin) {
  const std::vector<ReadColumn> columns = {{{"a"}, TypeKind::kString}, {{"b"}, TypeKind::kString}};
  CsvReader reader(columns, one.dialect);
  ReadOutcome read = reader.read(origin);
  std::vector<bool> keep(origin.records(), true);
  for (const Fault& fault : read.faults) keep[fault.row] = false;
  for (const Origin::Damage& damage : origin.damaged) keep[damage.record] = false;
  Batch batch;
  batch.rows = origin.records();
  batch.columns = std::move(read.columns);
  batch.keep(keep);
  const Rows rows = batch.alive_rows();
  const CsvWriter writer({{"a", TypeKind::kString, 0}, {"b", TypeKind::kString, 1}}, one.dialect);
  const Buffer bytes = writer.write(batch, rows);
  auto framing =
      csv_framing(std::make_unique<TextStream>(std::string(bytes.as<char>(), bytes.size())), {}, one.dialect);
  std::vector<uint32_t> expected = rows.to_vector();
  size_t at = 0;
  while (true) {
    Origin again;
    auto more = framing->cut(again);
    check(more.ok(), "what is written can be cut");
    if (!*more) break;
    const ReadOutcome outcome = reader.read(again);
    check(outcome.faults.empty() && again.damaged.empty(), "what is written can be read");
    for (size_t row = 0; row < again.records(); ++row, ++at) {
      check(at < expected.size(), "no more rows than were written");
      for (size_t i = 0; i < 2; ++i) {
        check(equal_rows(outcome.columns[i], row, batch.columns[i], expected[at]), "the same values");
      }
    }
  }
  check(at == expected.size(), "as many rows as were written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Case one = choose(data[0]);
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  auto framing = csv_framing(std::make_unique<TextStream>(text, one.step), one.options, one.dialect);
  std::vector<CutRecord> records;
  while (true) {
    Origin origin;
    auto more = framing->cut(origin);
    check(more.ok(), "without a header nothing fails");
    if (!*more) break;
    for (CutRecord& record : records_of(origin)) records.push_back(std::move(record));
    round_trip(one, origin);
  }
  auto whole = csv_framing(std::make_unique<TextStream>(text),
                           {.piece_bytes = 1 << 20, .record_bytes_max = one.options.record_bytes_max}, one.dialect);
  check(cut_to_records(*whole) == records, "the same records whatever the size of pieces");
  return 0;
}
