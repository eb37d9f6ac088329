#include <set>

#include <fmt/format.h>

#include "data/formats/avro/names.h"
#include "data/formats/avro/schema.h"
#include "data/formats/json_text.h"

namespace millrace {
namespace {

class Printer {
 public:
  explicit Printer(const AvroSchema& schema) : schema_(schema) {}

  std::string print() {
    type(0, "");
    return std::move(out_);
  }

 private:
  void type(uint32_t index, std::string_view space) {
    const AvroType& one = schema_.type(index);
    switch (one.kind) {
      case AvroKind::kRecord:
      case AvroKind::kEnum:
      case AvroKind::kFixed: return named(one, space);
      case AvroKind::kUnion: {
        std::string_view comma = "[";
        for (const uint32_t branch : one.branches) {
          out_ += comma;
          type(branch, space);
          comma = ",";
        }
        out_ += "]";
        return;
      }
      case AvroKind::kArray:
      case AvroKind::kMap:
        out_ += one.kind == AvroKind::kArray ? R"({"type":"array","items":)" : R"({"type":"map","values":)";
        type(one.branches[0], space);
        logical(one);
        out_ += "}";
        return;
      default:
        if (one.logical == AvroLogical::kNone) {
          out_ += fmt::format("\"{}\"", avro_kind_name(one.kind));
          return;
        }
        out_ += fmt::format(R"({{"type":"{}")", avro_kind_name(one.kind));
        logical(one);
        out_ += "}";
    }
  }

  // In full where it comes first, by its name from there on.
  void named(const AvroType& one, std::string_view space) {
    const size_t dot = one.name.rfind('.');
    const std::string_view inner =
        dot == std::string::npos ? std::string_view() : std::string_view(one.name).substr(0, dot);
    if (!printed_.insert(one.name).second) {
      out_ += fmt::format("\"{}\"", inner == space ? one.short_name() : std::string_view(one.name));
      return;
    }
    out_ += fmt::format(R"({{"type":"{}","name":"{}")", avro_kind_name(one.kind), one.short_name());
    if (inner != space) out_ += fmt::format(R"(,"namespace":"{}")", inner);
    texts("aliases", one.aliases);
    if (one.kind == AvroKind::kRecord) fields(one, inner);
    if (one.kind == AvroKind::kEnum) {
      texts("symbols", one.symbols);
      if (one.default_symbol) out_ += fmt::format(R"(,"default":"{}")", *one.default_symbol);
    }
    if (one.kind == AvroKind::kFixed) out_ += fmt::format(R"(,"size":{})", one.bytes);
    logical(one);
    out_ += "}";
  }

  void fields(const AvroType& one, std::string_view space) {
    out_ += R"(,"fields":[)";
    std::string_view comma;
    for (const AvroField& field : one.fields) {
      out_ += fmt::format(R"({}{{"name":"{}","type":)", comma, field.name);
      type(field.type, space);
      texts("aliases", field.aliases);
      if (field.default_value) out_ += fmt::format(R"(,"default":{})", *field.default_value);
      out_ += "}";
      comma = ",";
    }
    out_ += "]";
  }

  void texts(std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out_ += fmt::format(R"(,"{}":)", name);
    std::string_view comma = "[";
    for (const std::string& text : texts) {
      out_ += comma;
      append_json_string(text, out_);
      comma = ",";
    }
    out_ += "]";
  }

  void logical(const AvroType& one) {
    if (one.logical == AvroLogical::kNone) return;
    out_ += fmt::format(R"(,"logicalType":"{}")", avro_logical_name(one.logical));
    if (one.logical != AvroLogical::kDecimal) return;
    out_ += fmt::format(R"(,"precision":{},"scale":{})", one.precision, one.scale);
  }

  const AvroSchema& schema_;
  std::set<std::string> printed_;
  std::string out_;
};

}  // namespace

std::string AvroSchema::text() const { return Printer(*this).print(); }

}  // namespace millrace
