#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "store/topics/catalog.h"
#include "store/topics/topic_table.h"

namespace millrace {

// What a data directory holds once all is gone that is not of a whole commit. Every byte of it is on the disk.
struct Recovered {
  TopicCatalog catalog;
  // Without any segment when the directory is new: a checkpoint is to be written.
  std::shared_ptr<PartitionLog> commits;
  std::vector<std::shared_ptr<const Topic>> topics;
  // Of deleted topics and expired records: to be removed, now that the commits that say so are on the disk.
  std::vector<std::shared_ptr<Segment>> expired;
  std::vector<std::string> deleted_directories;
};

// Removes a directory of files and, if it is then empty, the one above.
Status remove_partition_directory(FileSystem& files, const std::string& directory);

std::string commits_directory(const std::string& directory);

// Finds the longest run of whole commits, and cuts and removes what is beyond it. kCorruption: something that had been
// synced is missing or damaged.
Result<Recovered> recover(FileSystem& files, const std::string& directory);

}  // namespace millrace
