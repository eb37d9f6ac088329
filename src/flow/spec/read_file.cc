#include "flow/spec/read_file.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/files.h"
#include "flow/spec/keys.h"
#include "flow/spec/profile.h"
#include "flow/spec/substitute.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

constexpr std::string_view kFormatVersion = "1";

std::string stem_of(std::string_view file) {
  const size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file.substr(0, file.find('.')));
}

void read_head(PipelineFile& read, const std::string& file, Diagnostics& diagnostics) {
  const Node* version = read.root.find("millrace");
  if (version == nullptr) {
    diagnostics.error({1, 1, 1}, "the file does not say its version", "begin it with `millrace: 1`");
  } else if (version->text != kFormatVersion) {
    diagnostics.error(version->place, fmt::format("this build reads files of version {}", kFormatVersion),
                      "write `millrace: 1`");
  }
  read.pipeline = stem_of(file);
  read.name_place = {1, 1, 1};
  if (const Node* name = read.root.find("pipeline")) {
    read.name_place = name->place;
    if (const std::string* text = text_of(*name, "'pipeline'", diagnostics)) read.pipeline = *text;
  }
}

}  // namespace

std::optional<PipelineFile> read_pipeline_file(const std::string& text, const std::string& file,
                                               const LoadOptions& options, Diagnostics& diagnostics) {
  std::optional<Node> root = read_yaml(text, diagnostics);
  if (!root ||
      !check_keys(*root, "the pipeline file",
                  {"millrace", "pipeline", "params", "topics", "tables", "flows", "profiles", "tests"}, diagnostics)) {
    return std::nullopt;
  }
  PipelineFile read{.root = std::move(*root)};
  read_head(read, file, diagnostics);
  read.profile = apply_profile(read.root, options.profile, diagnostics);
  const int64_t now = options.run_start_us != 0 ? options.run_start_us : SystemClock().wall_us();
  Substitution substitution(options.params, now, directory_of(file));
  substitution.declare(read.root.find("params"), diagnostics);
  for (auto& [key, value] : read.root.entries) {
    if (key.text == "flows" || key.text == "topics" || key.text == "tables") substitution.apply(value, diagnostics);
  }
  for (auto& [key, value] : read.profile.entries) {
    if (key.text != "flows" && key.text != "params") substitution.apply(value, diagnostics);
  }
  substitution.warn_of_unused(diagnostics);
  return read;
}

}  // namespace millrace
