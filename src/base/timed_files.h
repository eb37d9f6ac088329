#pragma once

#include <memory>

#include "base/files.h"
#include "base/metrics.h"

namespace millrace {

// The same files, with each sync of a log or of a written file measured. What it is given must outlive it.
std::unique_ptr<FileSystem> timed_files(FileSystem& files, Histogram& syncs);

}  // namespace millrace
