#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/tables/table_store.h"

// What the tests of tables share.
namespace millrace::testing {

// A folder of its own, gone at the end.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A store in a folder, without a thread of its own, at a time that stands still.
std::unique_ptr<TableStore> open_store(const std::string& directory, const Clock& clock);

// "id uuid; name text" -> the columns of a spec; the key's columns by name, "seq desc" for a descending one.
TableSpec table_spec(std::string_view name, std::string_view columns, const std::vector<std::string>& partition_key,
                     const std::vector<std::string>& clustering_key = {});

// A batch of strings; "NULL" is null.
Batch text_batch(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows);

// Every row as its values in one line, joined by '|', as format_value writes them.
std::vector<std::string> lines(const Batch& batch);

// A value in CQL's bytes.
std::string cql(std::string_view type, std::string_view text);

}  // namespace millrace::testing
