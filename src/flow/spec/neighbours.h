#pragma once

#include <string>
#include <vector>

#include "flow/spec/read_file.h"

namespace millrace {

// Another pipeline file of a folder.
struct Neighbour {
  std::string file;  // without its folder
  PipelineFile read;
};
struct Neighbours {
  std::vector<Neighbour> files;         // by name
  std::vector<std::string> unreadable;  // of those that end as pipeline files do
};

// The pipeline files beside one, without other versions of the same pipeline: files that call themselves the same. What
// else is wrong with them is for whoever checks them.
Neighbours read_neighbours(const std::string& file, const std::string& pipeline, const LoadOptions& options);

}  // namespace millrace
