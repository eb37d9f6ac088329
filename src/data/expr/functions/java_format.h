#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "data/expr/function.h"

namespace millrace {

// A format of Java's java.util.Formatter: "%-10s|%05d|%,.2f|%2$s". Immutable once made.
class JavaFormat {
 public:
  // The error says which part of the format is wrong.
  static Result<JavaFormat> compile(std::string_view text);

  // What does not fit among values of these types, argument `index` being args[index]; nothing when all do.
  struct Misfit {
    int index = -1;  // -1: an argument that is not there
    std::string message;
  };
  std::optional<Misfit> misfit(std::span<const Type> types) const;

  // Writes one row; the types must fit. A value that cannot be written is an error.
  Status write(std::span<const Column> values, size_t row, std::string& out) const;

 private:
  enum Flag : uint8_t { kLeft = 1, kAlternate = 2, kPlus = 4, kSpace = 8, kZero = 16, kGroup = 32, kParentheses = 64 };
  struct Piece {
    std::string literal;  // what stands before the conversion
    char conversion = 0;  // lower case; 0: only the literal
    bool upper = false;
    uint8_t flags = 0;
    int argument = -1;  // from 0
    int width = -1;
    int precision = -1;
    std::string text;  // "%05d"
    bool has(Flag flag) const { return (flags & flag) != 0; }
  };
  class Parser;

  static std::string find_error(const Piece& piece);
  static void write_general(const Piece& piece, const Column& value, size_t row, std::string& out);
  static void write_integer(const Piece& piece, int64_t value, int bits, std::string& out);
  static void write_float(const Piece& piece, double value, std::string& out);
  static void write_signed(const Piece& piece, bool negative, std::string magnitude, std::string& out);
  static void write_justified(const Piece& piece, std::string_view text, std::string& out);

  std::vector<Piece> pieces_;
};

}  // namespace millrace
