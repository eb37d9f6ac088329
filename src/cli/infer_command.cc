#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/sampled_file.h"
#include "data/formats/compression.h"

namespace millrace {
namespace {

constexpr int64_t kRecordsMax = 1'000'000;

struct InferArguments {
  std::string file;
  std::string output;
  int64_t records = 10'000;
  bool json = false;
};

nlohmann::ordered_json source_json(const FileFormat& format) {
  if (format.kind == FileFormat::Kind::kCsv) {
    return {{"format", "csv"},
            {"delimiter", std::string(1, format.csv.delimiter)},
            {"header", format.csv.header},
            {"null", format.csv.null_text}};
  }
  return {{"format", "json"}, {"records", fmt::format("{}", fmt::join(format.records, "."))}};
}

std::string figures_json(const SampledFile& sampled) {
  using Json = nlohmann::ordered_json;
  const Sample& sample = sampled.sample;
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
  return Json{{"source", source_json(sampled.format)},
              {"records", sample.records},
              {"broken", sample.broken},
              {"columns", std::move(columns)}}
      .dump(2, ' ', false, Json::error_handler_t::replace);
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
  const auto sampled = sample_file(*files, arguments.file, static_cast<uint64_t>(arguments.records));
  if (!sampled.ok()) return fail(sampled.error());
  if (arguments.json) {
    fmt::print("{}\n", figures_json(*sampled));
    return kExitOk;
  }
  namespace fs = std::filesystem;
  const fs::path plain = without_compression_ending(arguments.file);
  const std::string name = arguments.file == "-" ? "records" : snake_case({plain.stem().string()});
  // Paths in a pipeline file are relative to it.
  const std::string source = arguments.file == "-" || arguments.output.empty()
                                 ? arguments.file
                                 : fs::proximate(arguments.file, directory_of(arguments.output)).string();
  const std::string text = proposed_pipeline(*sampled, source, name);
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
  const size_t columns = columns_of(sampled->sample).size();
  const uint64_t records = sampled->sample.records;
  fmt::print("{}: {} column{} of {} record{}; `millrace preview {}` shows what it does\n", arguments.output, columns,
             columns == 1 ? "" : "s", records, records == 1 ? "" : "s", arguments.output);
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto inferring = std::make_shared<InferArguments>();
  arguments.positional("file", inferring->file, "JSON lines, a JSON document or CSV; `-` is the standard input", true);
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
