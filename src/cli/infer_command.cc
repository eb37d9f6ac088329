#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/sample_shape.h"
#include "data/formats/compression.h"
#include "data/formats/framing.h"

namespace millrace {
namespace {

constexpr int64_t kRecordsMax = 1'000'000;

struct InferArguments {
  std::string file;
  std::string output;
  int64_t records = 10'000;
  bool json = false;
};

Result<Sample> read_sample(FileSystem& files, const std::string& file, uint64_t records) {
  TRY(stream, files.open(file));
  const auto framing = line_framing(decompress_detected(std::move(stream), compression_of_path(file)), {});
  Sample sample;
  while (sample.records + sample.broken < records) {
    Origin origin;
    TRY(more, framing->cut(origin));
    if (!more) break;
    split_lines(origin, kRecordBytesMax);
    for (size_t i = 0; i < origin.records() && sample.records + sample.broken < records; ++i) {
      add_record(origin.record_bytes(i), sample);
    }
  }
  if (sample.records == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} has no JSON object on a line of its own, so there is nothing to go by", file));
  }
  return sample;
}

std::string figures_json(const Sample& sample) {
  using Json = nlohmann::ordered_json;
  Json columns = Json::array();
  for (const SampleColumn& column : columns_of(sample)) {
    const SampleShape& shape = *column.shape;
    Json one = {{"path", column.path}, {"type", shape.type_text()}, {"missing", column.missing}};
    if (shape.ints + shape.bigints + shape.doubles > 0) one["range"] = {shape.least, shape.most};
    if (shape.texts > 0) one["length"] = {shape.shortest, shape.longest};
    one["distinct"] = shape.distinct.size();
    constexpr std::array<std::string_view, kTextForms> kNames = {"date", "timestamp", "uuid", "email", "url", "phone"};
    for (size_t form = 0; form < kTextForms; ++form) {
      if (shape.forms[form] > 0) one["forms"][std::string(kNames[form])] = shape.forms[form];
    }
    columns.push_back(std::move(one));
  }
  return Json{{"records", sample.records}, {"broken", sample.broken}, {"columns", std::move(columns)}}.dump(
      2, ' ', false, Json::error_handler_t::replace);
}

int fail(const Error& error) {
  fmt::print(stderr, "millrace: {}\n", error.message());
  return kExitFailed;
}

int infer(const InferArguments& arguments) {
  if (arguments.records < 1 || arguments.records > kRecordsMax) {
    fmt::print(stderr, "millrace: --records takes a number from 1 to {}\n", kRecordsMax);
    return kExitUsage;
  }
  const auto files = real_file_system();
  const auto sample = read_sample(*files, arguments.file, static_cast<uint64_t>(arguments.records));
  if (!sample.ok()) return fail(sample.error());
  if (arguments.json) {
    fmt::print("{}\n", figures_json(*sample));
    return kExitOk;
  }
  namespace fs = std::filesystem;
  const std::string name = arguments.file == "-" ? "records" : snake_case({fs::path(arguments.file).stem().string()});
  // Paths in a pipeline file are relative to it.
  const std::string source = arguments.file == "-" || arguments.output.empty()
                                 ? arguments.file
                                 : fs::proximate(arguments.file, directory_of(arguments.output)).string();
  const std::string text = proposed_pipeline(*sample, source, name);
  if (arguments.output.empty()) {
    fmt::print("{}", text);
    return kExitOk;
  }
  if (files->size(arguments.output).ok()) {
    fmt::print(stderr, "millrace: {} is there already; take it away or name another file\n", arguments.output);
    return kExitUsage;
  }
  const auto write = [&]() -> Status {
    TRY(file, files->create(arguments.output));
    TRY_STATUS(file->append(text));
    return file->close();
  };
  if (const Status status = write(); !status.ok()) return fail(status.error());
  fmt::print("{}: {} columns of {} records; `millrace preview {}` shows what it does\n", arguments.output,
             columns_of(*sample).size(), sample->records, arguments.output);
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto inferring = std::make_shared<InferArguments>();
  arguments.positional("file", inferring->file, "JSON lines to go by; `-` is the standard input", true);
  arguments.option("-o,--output", inferring->output, "write the pipeline file here, not to the standard output");
  arguments.option("-n,--records", inferring->records, "how many records to look at; 10000 if not said");
  arguments.flag("--json", inferring->json, "print the figures as JSON instead of a pipeline file");
  return [inferring] { return infer(*inferring); };
}

}  // namespace

const Command kInferCommand = {
    .name = "infer",
    .summary = "Propose a pipeline file from a sample: types, forms, shares of nulls, ranges, checks.",
    .example = "millrace infer users.jsonl -o users.yaml",
    .declare = declare};

}  // namespace millrace
