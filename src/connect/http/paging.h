#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flow/component.h"
#include "flow/diagnostic.h"
#include "flow/node.h"
#include "wire/http/client.h"

namespace millrace {

// What there was on a page.
struct PageFacts {
  size_t records = 0;
  bool unreadable = false;  // all of it is one broken record
};

// How an API gives its records in pages: where the first page is, and how one leads to the next. A value.
struct Paging {
  enum class Kind { kNone, kPage, kOffset, kCursor, kLink, kNext };

  Kind kind = Kind::kNone;
  std::string parameter;           // of the query: page, offset, cursor
  std::string size_parameter;      // page, offset: asks for so many records
  int64_t size = 0;                // 0: not said
  int64_t first = 0;               // page, offset
  std::vector<std::string> path;   // cursor, next: where it stands in the answer
  std::string relation;            // link
  std::vector<std::string> hosts;  // link, next: others than that of the first page

  // The setting `paging`; nullopt after telling what is wrong.
  static std::optional<Paging> read(const Node& node, Diagnostics& diagnostics);

  // Whether the next page is found inside of JSON answers.
  bool looks_into_json() const { return kind == Kind::kCursor || kind == Kind::kNext; }
  // What the first page is called.
  std::string first_page() const;
  // The URL of a page by what it is called; `url` is that of the poll.
  std::string url_of(const std::string& url, const std::string& page) const;
  // What the page behind `page` is called, nullopt when there is none. An error: it cannot be known, or must not be
  // followed.
  Result<std::optional<std::string>> next(const std::string& url, const std::string& page, const HttpResponse& response,
                                          const PageFacts& facts) const;

 private:
  Result<std::optional<std::string>> linked(const std::string& url, const std::string& page,
                                            const HttpResponse& response, const std::string& target) const;
};

extern const Component kPagingSetting;

// The text or number at a path of a JSON document; nullopt when there is nothing, null, false or an empty text. An
// error when the document cannot be read up to there, or something else stands there.
Result<std::optional<std::string>> scalar_at(std::string_view json, const std::vector<std::string>& path);

}  // namespace millrace
