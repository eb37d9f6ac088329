// Whatever a peer sends, in whatever pieces: frames or an error, answers or an error, within bounded memory. The first
// byte says which version, compression and direction, the second how large the pieces are.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "wire/cql/frame.h"
#include "wire/cql/message.h"

namespace {

void look_at(const millrace::cql::Frame& frame) {
  const auto answer = millrace::cql::parse_answer(frame);
  if (!answer.ok()) {
    MILLRACE_ASSERT(!answer.error().message().empty(), "an error that says nothing");
    return;
  }
  if (const auto* error = std::get_if<millrace::cql::ErrorAnswer>(&*answer)) {
    MILLRACE_ASSERT(!error->text().empty(), "an error that says nothing");
  }
  const auto* rows = std::get_if<millrace::cql::RowsAnswer>(&*answer);
  if (rows == nullptr || rows->column_count == 0) return;
  millrace::cql::RowValues values(*rows);
  for (size_t left = rows->rows * rows->column_count; left > 0; --left) values.next();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::cql;
  if (size < 2) return 0;
  FrameReader reader((data[0] & 4) != 0 ? Direction::kRequests : Direction::kResponses, size_t{1} << 20);
  if ((data[0] & 1) != 0) reader.use(Compression::kLz4);
  if ((data[0] & 2) != 0) reader.use_segments();
  const size_t piece = size_t{data[1]} + 1;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    const auto room = reader.prepare(part.size());
    std::copy(part.begin(), part.end(), room.begin());
    reader.commit(part.size());
    for (;;) {
      const auto frame = reader.next();
      if (!frame.ok()) return 0;
      if (!frame->has_value()) break;
      look_at(**frame);
    }
  }
  return 0;
}
