#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"
#include "cli/home.h"
#include "doors/admin/admin.h"

namespace millrace {

// Where commands put their questions about a home: to the process that has it, or to the home itself when none has.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual Status ask(std::string_view action, const AdminArguments& arguments, const TakeText& take) = 0;

  // kNotFound: there is no such data directory.
  static Result<std::unique_ptr<Desk>> open(const HomeArguments& arguments, const Clock& clock,
                                            const std::atomic<bool>& stop);
};

// What most commands do: ask, and give each JSON value of the answer to `show`. Prints what went wrong; the exit code.
int ask_and_show(const HomeArguments& arguments, std::string_view action, const AdminArguments& said,
                 const std::function<void(const nlohmann::ordered_json&)>& show);
// The same for answers that are to be printed as they come.
int ask_and_print(const HomeArguments& arguments, std::string_view action, const AdminArguments& said);

}  // namespace millrace
