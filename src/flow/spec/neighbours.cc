#include "flow/spec/neighbours.h"

#include <algorithm>

#include "base/files.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

std::string name_in_folder(const std::string& file) { return file.substr(file.rfind('/') + 1); }

bool is_pipeline(const PipelineFile& file) { return file.root.find("millrace") != nullptr; }

}  // namespace

std::vector<std::string> pipeline_files_in(const std::string& folder) {
  const auto files = real_file_system();
  auto found = files->glob(join_path(folder, "*.yaml"));
  if (!found.ok()) return {};
  std::erase_if(*found, [](const std::string& file) { return file.ends_with(".tests.yaml"); });
  std::sort(found->begin(), found->end());
  return std::move(*found);
}

Neighbours read_neighbours(const std::string& file, const std::string& pipeline, const LoadOptions& options) {
  Neighbours neighbours;
  const auto files = real_file_system();
  for (const std::string& other : pipeline_files_in(directory_of(file))) {
    if (name_in_folder(other) == name_in_folder(file)) continue;
    Diagnostics apart;
    const auto text = read_file(*files, other, kYamlBytesMax);
    auto read = text.ok() ? read_pipeline_file(*text, other, options, apart) : std::nullopt;
    if (!read) {
      neighbours.unreadable.push_back(name_in_folder(other));
    } else if (is_pipeline(*read) && read->pipeline != pipeline) {
      neighbours.files.push_back({.file = name_in_folder(other), .read = std::move(*read)});
    }
  }
  return neighbours;
}

}  // namespace millrace
