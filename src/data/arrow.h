#pragma once

#include <cstdint>

#include "base/result.h"
#include "data/batch.h"

// The Arrow C data interface, as its specification writes it; the guard lets other Arrow headers stand beside ours.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
}
#endif

namespace millrace {

// Nested deeper than this, a foreign schema is refused.
inline constexpr int kArrowDepthMax = 64;

// Exports fill `schema` and `array`, which the receiver releases by their callbacks; on an error both stay untouched.
// Buffers are shared, not copied, and live until the last array is released; constant columns are written out first.
// A type holding an interval is refused: it never leaves an expression.
Status export_schema(const Schema& from, ArrowSchema* schema);
Status export_column(const Column& from, ArrowSchema* schema, ArrowArray* array);
// As a struct of the batch's columns, which receivers take as a record batch. Only rows that are alive are handed over.
Status export_batch(const Batch& from, ArrowSchema* schema, ArrowArray* array);

// Imports take over what they are given: it is released in every case. Values are copied, since a foreign buffer has
// neither our alignment nor our slack. Only the types that exports write are taken; the addresses are trusted, lengths,
// offsets and formats are checked.
Result<Column> import_column(ArrowSchema* schema, ArrowArray* array);
Result<Batch> import_batch(ArrowSchema* schema, ArrowArray* array);

}  // namespace millrace
