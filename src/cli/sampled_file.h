#pragma once

#include <cstdint>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "cli/sample_shape.h"
#include "connect/file/file_format.h"

namespace millrace {

// The first records of a file, and how they lie in it.
struct SampledFile {
  Sample sample;
  FileFormat format;  // kJson; kJsonDocument when a path leads to the records; kCsv
};

// JSON lines, a JSON document (an array, one record, or an object in which the records are) or CSV, plain or
// compressed;
// "-" is the standard input. Of CSV the delimiter, whether there is a header and what stands for null are guessed.
// kInvalidArgument: there is nothing to go by.
Result<SampledFile> sample_file(FileSystem& files, const std::string& path, uint64_t records_max);

// A pipeline file that reads `file` and checks what held for the whole sample.
std::string proposed_pipeline(const SampledFile& sampled, const std::string& file, const std::string& name);

}  // namespace millrace
