#include "connect/webhook/delivery_body.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "data/formats/compression.h"
#include "data/formats/csv_reader.h"
#include "data/formats/framing.h"
#include "wire/http/message.h"

namespace millrace {
namespace {

class Bytes final : public ByteStream {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  Result<size_t> read(char* to, size_t bytes) override {
    const size_t got = bytes_.copy(to, bytes);
    bytes_.remove_prefix(got);
    return got;
  }

 private:
  std::string_view bytes_;
};

CutBody refuse(int status, std::string_view text) {
  return {.origins = {}, .refusal = error_answer(status, text), .why = std::string(text)};
}

// "text/csv; charset=utf-8" -> "text/csv"
std::string_view media_type(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

enum class BodyFormat { kJson, kLines, kCsv };

std::optional<BodyFormat> format_of(const IncomingRequest& request) {
  const std::string_view type = media_type(request.header("Content-Type").value_or("application/json"));
  const auto is_one_of = [&](std::initializer_list<std::string_view> types) {
    return std::any_of(types.begin(), types.end(), [&](auto known) { return equals_ignoring_case(known, type); });
  };
  if (is_one_of({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines"})) {
    return BodyFormat::kLines;
  }
  if (is_one_of({"text/csv", "application/csv"})) return BodyFormat::kCsv;
  if (is_one_of({"application/json", "text/json"}) || type.ends_with("+json")) return BodyFormat::kJson;
  return std::nullopt;
}

// At most one byte more than the limit, which tells that there is more.
Result<std::string> inflate(std::string_view body, size_t bytes_max) {
  const auto stream = decompress(std::make_unique<Bytes>(body), Compression::kGzip);
  std::string inflated;
  while (inflated.size() <= bytes_max) {
    constexpr size_t kStep = size_t{64} << 10;
    const size_t at = inflated.size();
    inflated.resize(std::min(at + kStep, bytes_max + 1));
    TRY(got, stream->read(inflated.data() + at, inflated.size() - at));
    inflated.resize(at + got);
    if (got == 0) break;
  }
  if (auto cut = stream->cut_short()) return Error(ErrorCode::kInvalidArgument, *cut);
  return inflated;
}

std::unique_ptr<Framing> framing_of(BodyFormat format, std::string_view body, const FramingOptions& options) {
  auto stream = std::make_unique<Bytes>(body);
  switch (format) {
    case BodyFormat::kJson: return json_framing(std::move(stream), options);
    case BodyFormat::kLines: return line_framing(std::move(stream), options);
    case BodyFormat::kCsv: break;
  }
  return csv_framing(std::move(stream), options, CsvDialect{});
}

// Without records at the end.
Result<std::shared_ptr<Origin>> cut_piece(Framing& framing, const FramingOptions& options) {
  auto origin = std::make_shared<Origin>();
  TRY(any, framing.cut(*origin));
  if (any) split_lines(*origin, options.record_bytes_max);
  return origin;
}

}  // namespace

CutBody cut_body(const IncomingRequest& request, const DeliveryLimits& limits, const std::vector<ReadColumn>& columns) {
  const auto format = format_of(request);
  if (!format) {
    return refuse(415, fmt::format("a body of {} is not read; send application/json, application/x-ndjson or text/csv",
                                   request.header("Content-Type").value_or("")));
  }
  std::string inflated;
  std::string_view body = request.body;
  const std::string_view encoding = request.header("Content-Encoding").value_or("identity");
  if (equals_ignoring_case(encoding, "gzip") || equals_ignoring_case(encoding, "x-gzip")) {
    auto whole = inflate(body, limits.inflated_bytes_max);
    if (!whole.ok()) return refuse(400, fmt::format("the gzip body cannot be read: {}", whole.error().message()));
    inflated = std::move(*whole);
    if (inflated.size() > limits.inflated_bytes_max) {
      return refuse(413,
                    fmt::format("the body is more than {} bytes when it is decompressed", limits.inflated_bytes_max));
    }
    body = inflated;
  } else if (!equals_ignoring_case(encoding, "identity")) {
    return refuse(415, fmt::format("a body in {} is not read; send gzip, or as it is", encoding));
  }

  const size_t piece_bytes = limits.piece_bytes == 0 ? body.size() + 1 : limits.piece_bytes;
  const FramingOptions options{.piece_bytes = piece_bytes, .record_bytes_max = std::max(body.size() + 1, piece_bytes)};
  const auto framing = framing_of(*format, body, options);
  CutBody cut;
  for (;;) {
    auto origin = limits.piece_bytes == 0 ? cut_all(*framing, options.record_bytes_max) : cut_piece(*framing, options);
    if (!origin.ok()) return refuse(400, origin.error().message());
    if ((*origin)->records() == 0) return cut;
    (*origin)->format = *format == BodyFormat::kCsv ? "csv" : "json";
    if ((*origin)->header != nullptr && cut.origins.empty()) {
      const Status fits = check_csv_columns(columns, *(*origin)->header);
      if (!fits.ok()) return refuse(400, fits.error().message());
    }
    cut.origins.push_back(*std::move(origin));
  }
}

}  // namespace millrace
