#include "connect/http/paging.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "connect/file/file_format.h"
#include "flow/settings.h"
#include "wire/http/link_header.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

constexpr int64_t kSizeMax = 1'000'000;

constexpr FieldDescription kSizeField = {.name = "size",
                                         .kind = FieldKind::kInteger,
                                         .summary = "How many records to ask for with each page; needs `size_param`.",
                                         .example = "100",
                                         .min = 1,
                                         .max = kSizeMax};
constexpr FieldDescription kSizeParameterField = {.name = "size_param",
                                                  .kind = FieldKind::kText,
                                                  .summary = "The query parameter that asks for `size` records.",
                                                  .example = "per_page"};
constexpr FieldDescription kHostsField = {
    .name = "hosts",
    .kind = FieldKind::kTexts,
    .summary = "Other hosts that the next page may be on; they get the credentials too.",
    .example = "[api-2.example.com]"};

constexpr std::array kPageFields = std::to_array<FieldDescription>({
    {.name = "param",
     .kind = FieldKind::kText,
     .summary = "The query parameter with the number of the page.",
     .default_value = "page",
     .example = "page"},
    {.name = "first",
     .kind = FieldKind::kInteger,
     .summary = "The number of the first page.",
     .default_value = "1",
     .example = "0",
     .min = 0},
    kSizeParameterField,
    kSizeField,
});
constexpr std::array kOffsetFields = std::to_array<FieldDescription>({
    {.name = "param",
     .kind = FieldKind::kText,
     .summary = "The query parameter with the number of records in front of the page.",
     .default_value = "offset",
     .example = "skip"},
    {.name = "first",
     .kind = FieldKind::kInteger,
     .summary = "Where the first page begins.",
     .default_value = "0",
     .example = "0",
     .min = 0},
    kSizeParameterField,
    kSizeField,
});
constexpr std::array kCursorFields = std::to_array<FieldDescription>({
    {.name = "path",
     .kind = FieldKind::kText,
     .summary = "Where the cursor of the next page stands in the answer; none, null, false or \"\" is the end.",
     .example = "meta.next_cursor",
     .required = true},
    {.name = "param",
     .kind = FieldKind::kText,
     .summary = "The query parameter that it is given back in.",
     .default_value = "cursor",
     .example = "after"},
});
constexpr std::array kLinkFields = std::to_array<FieldDescription>({
    {.name = "rel",
     .kind = FieldKind::kText,
     .summary = "The relation of the link to the next page.",
     .default_value = "next",
     .example = "next"},
    kHostsField,
});
constexpr std::array kNextFields = std::to_array<FieldDescription>({
    {.name = "path",
     .kind = FieldKind::kText,
     .summary = "Where the URL of the next page stands in the answer, whole or relative; none, null, false or \"\" is "
                "the end.",
     .example = "paging.next",
     .required = true},
    kHostsField,
});

constexpr Component kPagePaging = {.kind = ComponentKind::kSource,
                                   .name = "page",
                                   .summary = "Pages have numbers; a page without records is behind the last one.",
                                   .shorthand = "param",
                                   .fields = kPageFields};
constexpr Component kOffsetPaging = {.kind = ComponentKind::kSource,
                                     .name = "offset",
                                     .summary = "A page begins behind so many records; one without any is the end.",
                                     .shorthand = "param",
                                     .fields = kOffsetFields};
constexpr Component kCursorPaging = {.kind = ComponentKind::kSource,
                                     .name = "cursor",
                                     .summary = "Each answer has a cursor that asks for the next page.",
                                     .shorthand = "path",
                                     .fields = kCursorFields};
constexpr Component kLinkPaging = {.kind = ComponentKind::kSource,
                                   .name = "link",
                                   .summary = "Each answer has a Link header to the next page.",
                                   .shorthand = "rel",
                                   .fields = kLinkFields};
constexpr Component kNextPaging = {.kind = ComponentKind::kSource,
                                   .name = "next",
                                   .summary = "Each answer has the URL of the next page in it.",
                                   .shorthand = "path",
                                   .fields = kNextFields};

constexpr std::array kKinds = std::to_array<FieldDescription>({
    {.name = "page",
     .kind = FieldKind::kMap,
     .summary = "Pages have numbers; one without records is behind the last. A value that is no map is `param`.",
     .example = "{ param: page, size_param: per_page, size: 100 }",
     .holds = &kPagePaging},
    {.name = "offset",
     .kind = FieldKind::kMap,
     .summary =
         "A page begins behind as many records as have come; one without any is behind the last. A value that is "
         "no map is `param`.",
     .example = "{ param: offset, size_param: limit, size: 100 }",
     .holds = &kOffsetPaging},
    {.name = "cursor",
     .kind = FieldKind::kMap,
     .summary = "Each answer has a cursor that asks for the next page. A value that is no map is `path`.",
     .example = "{ path: meta.next_cursor, param: after }",
     .holds = &kCursorPaging},
    {.name = "link",
     .kind = FieldKind::kMap,
     .summary = "Each answer has a Link header to the next page. A value that is no map is `rel`.",
     .example = "next",
     .holds = &kLinkPaging},
    {.name = "next",
     .kind = FieldKind::kMap,
     .summary = "Each answer has the URL of the next page in it. A value that is no map is `path`.",
     .example = "paging.next",
     .holds = &kNextPaging},
});

void read_numbered(const Settings& settings, Paging& paging, Diagnostics& diagnostics) {
  paging.parameter = settings.text("param");
  paging.first = settings.integer("first");
  if (settings.has("size_param")) paging.size_parameter = settings.text("size_param");
  if (settings.has("size")) paging.size = settings.integer("size");
  if (settings.has("size_param") == settings.has("size")) return;
  const std::string_view there = settings.has("size") ? "size" : "size_param";
  diagnostics.error(settings.node(there).place, "'size' and 'size_param' go together",
                    "for example size_param: per_page, size: 100");
}

std::vector<std::string> hosts_of(const Settings& settings) {
  return settings.has("hosts") ? settings.texts("hosts") : std::vector<std::string>();
}

int64_t number_of(const std::string& page) {
  int64_t number = 0;
  std::from_chars(page.data(), page.data() + page.size(), number);
  return number;
}

}  // namespace

const Component kPagingSetting = {.kind = ComponentKind::kSource,
                                  .name = "paging",
                                  .summary = "How one page leads to the next.",
                                  .shorthand = "",
                                  .fields = kKinds,
                                  .example = "paging: { page: { param: page, size_param: per_page, size: 100 } }"};

std::optional<Paging> Paging::read(const Node& node, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  const auto settings = Settings::read(kPagingSetting, node, diagnostics);
  if (!settings) return std::nullopt;
  if (node.entries.size() != 1) {
    diagnostics.error(node.place, "'paging' is one of: page, offset, cursor, link, next",
                      "for example paging: { page: page }");
    return std::nullopt;
  }
  Paging paging;
  if (settings->has("page")) {
    paging.kind = Kind::kPage;
    read_numbered(settings->map("page"), paging, diagnostics);
  } else if (settings->has("offset")) {
    paging.kind = Kind::kOffset;
    read_numbered(settings->map("offset"), paging, diagnostics);
  } else if (settings->has("cursor")) {
    const Settings cursor = settings->map("cursor");
    paging.kind = Kind::kCursor;
    paging.path = split_path(cursor.text("path"));
    paging.parameter = cursor.text("param");
  } else if (settings->has("link")) {
    const Settings link = settings->map("link");
    paging.kind = Kind::kLink;
    paging.relation = link.text("rel");
    paging.hosts = hosts_of(link);
  } else {
    const Settings next = settings->map("next");
    paging.kind = Kind::kNext;
    paging.path = split_path(next.text("path"));
    paging.hosts = hosts_of(next);
  }
  if (diagnostics.errors() != errors_before) return std::nullopt;
  return paging;
}

std::string Paging::first_page() const {
  const bool numbered = kind == Kind::kPage || kind == Kind::kOffset;
  return numbered ? std::to_string(first) : "";
}

std::string Paging::url_of(const std::string& url, const std::string& page) const {
  if ((kind == Kind::kLink || kind == Kind::kNext) && !page.empty()) return page;
  std::string out = url;
  if (!size_parameter.empty()) out = with_parameter(out, size_parameter, std::to_string(size));
  if (!parameter.empty() && !page.empty()) out = with_parameter(out, parameter, page);
  return out;
}

Result<std::optional<std::string>> Paging::next(const std::string& url, const std::string& page,
                                                const HttpResponse& response, const PageFacts& facts) const {
  using Next = std::optional<std::string>;
  switch (kind) {
    case Kind::kNone: return Next();
    case Kind::kPage:
      if (facts.records == 0) return Next();
      return Next(std::to_string(number_of(page) + 1));
    case Kind::kOffset: {
      if (facts.records == 0) return Next();
      if (facts.unreadable && size == 0) {
        return Error(ErrorCode::kFailed,
                     "the answer cannot be read, so nobody knows where the next page begins; say "
                     "`size`, and it is taken to have been that long");
      }
      const int64_t step = facts.unreadable ? size : static_cast<int64_t>(facts.records);
      return Next(std::to_string(number_of(page) + step));
    }
    case Kind::kLink: {
      const auto target = link_target(response.headers, relation);
      if (!target) return Next();
      return linked(url, page, response, *target);
    }
    case Kind::kCursor:
    case Kind::kNext: break;
  }
  if (response.body.empty()) return Next();
  TRY(found, scalar_at(response.body, path));
  if (!found) return Next();
  if (kind == Kind::kNext) return linked(url, page, response, *found);
  if (*found == page) {
    return Error(ErrorCode::kFailed,
                 fmt::format("the cursor at {} leads to the same page again", fmt::join(path, ".")));
  }
  return found;
}

// Credentials go where these links point to, so they stay on the host of the first page, and under TLS.
Result<std::optional<std::string>> Paging::linked(const std::string& url, const std::string& page,
                                                  const HttpResponse& response, const std::string& target) const {
  const auto absolute = resolve_url(response.url, target);
  if (!absolute.ok()) return Error(ErrorCode::kFailed, "the link to the next page: " + absolute.error().message());
  TRY(home, HttpUrl::parse(url));
  TRY(there, HttpUrl::parse(*absolute));
  const bool named = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
    return host == there.host || host == fmt::format("{}:{}", there.host, there.port);
  });
  const bool in_the_clear = home.scheme == "https" && there.scheme != "https";
  if (in_the_clear || (!there.same_origin(home) && !named)) {
    return Error(ErrorCode::kFailed,
                 fmt::format("the next page is on another host, {}, which would get the credentials; name it under "
                             "`hosts` if it may have them, and it must have TLS if the first one has",
                             shown_url(*absolute)));
  }
  if (*absolute == url_of(url, page)) {
    return Error(ErrorCode::kFailed, "the link to the next page leads to the same page again");
  }
  return std::optional(*absolute);
}

}  // namespace millrace
