#pragma once

#include <optional>
#include <string>

#include "flow/node.h"
#include "flow/plan.h"

namespace millrace {

// A pipeline file with its profile and ${...} put in, and none of its flows looked into so far.
struct PipelineFile {
  std::string pipeline;
  Place name_place;
  Node root;
  Node profile;  // the one that was asked for; null: none was
};

// What is wrong goes to the diagnostics; nullopt: it is no pipeline file at all.
std::optional<PipelineFile> read_pipeline_file(const std::string& text, const std::string& file,
                                               const LoadOptions& options, Diagnostics& diagnostics);

}  // namespace millrace
