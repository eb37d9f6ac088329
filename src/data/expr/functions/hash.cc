// Digests, checksums, hashes of any value, and uuid().
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <openssl/evp.h>
#include <zlib.h>

#include "data/expr/families.h"
#include "data/expr/functions/text_kernel.h"
#include "data/expr/functions/value_hash.h"
#include "data/expr/row_random.h"

namespace millrace {
namespace {

using View = std::string_view;
constexpr TypeKind kText = TypeKind::kString;

using Digest = std::shared_ptr<EVP_MD>;

Digest fetch_digest(const char* name) {
  Digest digest(EVP_MD_fetch(nullptr, name, nullptr), EVP_MD_free);
  MILLRACE_ASSERT(digest != nullptr, "libcrypto lacks a digest");
  return digest;
}

void add_digest(const EVP_MD* digest, View bytes, StringBuilder& out) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> result;
  unsigned int size = 0;
  const bool ok = EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1 &&
                  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                  EVP_DigestFinal_ex(context.get(), result.data(), &size) == 1;
  MILLRACE_ASSERT(ok, "libcrypto refuses a digest");
  constexpr View kHex = "0123456789abcdef";
  char* to = out.room(size * 2);
  for (unsigned int i = 0; i < size; ++i) {
    *to++ = kHex[result[i] >> 4];
    *to++ = kHex[result[i] & 15];
  }
  out.commit(size * 2);
}

// Text stands for its UTF-8 bytes; nothing else has any.
std::optional<BindError> check_bytes(const BindArg& arg) {
  if (arg.type.is_variable() || arg.type.is(TypeKind::kNull)) return std::nullopt;
  return BindError{0, "this takes a text or a binary, not " + arg.type.text(), "write CAST(... AS STRING)"};
}

Type bytes_type(const BindArg& arg) { return is_binary(arg) ? TypeKind::kBinary : kText; }

BindResult bind_digest(Args args, const char* name) {
  if (auto error = check_bytes(args[0])) return *std::move(error);
  return bound(kText, {bytes_type(args[0])},
               text_kernel<View>(kText, [digest = fetch_digest(name)](TextRow& row, View bytes) {
                 add_digest(digest.get(), bytes, row.out);
               }));
}

BindResult bind_md5(Args args) { return bind_digest(args, "MD5"); }
BindResult bind_sha1(Args args) { return bind_digest(args, "SHA1"); }

BindResult bind_sha2(Args args) {
  if (auto error = check_bytes(args[0])) return *std::move(error);
  const std::array<Digest, 4> digests = {fetch_digest("SHA2-224"), fetch_digest("SHA2-256"), fetch_digest("SHA2-384"),
                                         fetch_digest("SHA2-512")};
  return bound(kText, {bytes_type(args[0]), TypeKind::kInt},
               text_kernel<View, int32_t>(kText, [digests](TextRow& row, View bytes, int32_t bits) {
                 switch (bits) {
                   case 224: return add_digest(digests[0].get(), bytes, row.out);
                   case 0:
                   case 256: return add_digest(digests[1].get(), bytes, row.out);
                   case 384: return add_digest(digests[2].get(), bytes, row.out);
                   case 512: return add_digest(digests[3].get(), bytes, row.out);
                   default: return row.null();
                 }
               }));
}

BindResult bind_crc32(Args args) {
  if (auto error = check_bytes(args[0])) return *std::move(error);
  return bound(TypeKind::kBigint, {bytes_type(args[0])}, lift<int64_t, View>(TypeKind::kBigint, [](View bytes) {
                 return static_cast<int64_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
               }));
}

bool holds_map(const Type& type) {
  if (type.is(TypeKind::kMap)) return true;
  if (type.is(TypeKind::kArray)) return holds_map(type.element());
  return type.is(TypeKind::kStruct) && std::any_of(type.fields().begin(), type.fields().end(),
                                                   [](const Field& field) { return holds_map(field.type); });
}

// Nulls count too, so the kernel looks at every row itself.
template <typename T, auto Hash>
BindResult bind_value_hash(Args args) {
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); ++i) {
    if (holds_map(args[i].type))
      return BindError{static_cast<int>(i), "a map has no hash, for its order means nothing", ""};
    types.push_back(args[i].type);
  }
  const Type type = sizeof(T) == 4 ? TypeKind::kInt : TypeKind::kBigint;
  const Kernel kernel = [type](const Call& call) {
    using U = std::make_unsigned_t<T>;
    const size_t total = call.rows().total();
    Buffer hashes(total * sizeof(T));
    std::fill_n(hashes.as<U>(), total, U{kHashSeed});
    for (const Column& arg : call.args()) Hash(arg, call.rows(), hashes.as<U>());
    Column out{.type = type, .rows = total};
    out.values = share(std::move(hashes));
    return out;
  };
  return bound(type, std::move(types), kernel);
}

// The 16 hexadecimal digits of a number, eight bytes of one digit each at a time.
inline void put_hex_64(uint64_t value, char* to) {
  for (const int shift : {32, 0}) {
    uint64_t nibbles = (value >> shift) & 0xffffffff;
    nibbles = (nibbles | nibbles << 16) & 0x0000ffff0000ffffULL;
    nibbles = (nibbles | nibbles << 8) & 0x00ff00ff00ff00ffULL;
    nibbles = (nibbles | nibbles << 4) & 0x0f0f0f0f0f0f0f0fULL;
    const uint64_t above_nine = ((nibbles + 0x0606060606060606ULL) >> 4) & 0x0101010101010101ULL;
    const uint64_t digits = __builtin_bswap64(nibbles + 0x3030303030303030ULL + above_nine * ('a' - '0' - 10));
    std::memcpy(to, &digits, 8);
    to += 8;
  }
}

// A random uuid (version 4), but the same one for the same record, place in the program and seed.
void add_uuid(TextRow& row) {
  Random random = row_random(row.call(), row.row());
  const uint64_t high = (random.next() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (random.next() >> 2) | (uint64_t{1} << 63);
  constexpr size_t kBytes = 36;
  char digits[32];
  put_hex_64(high, digits);
  put_hex_64(low, digits + 16);
  char* const to = row.out.room(kBytes);
  std::memcpy(to, digits, 8);
  std::memcpy(to + 9, digits + 8, 4);
  std::memcpy(to + 14, digits + 12, 4);
  std::memcpy(to + 19, digits + 16, 4);
  std::memcpy(to + 24, digits + 20, 12);
  for (const size_t dash : {8U, 13U, 18U, 23U}) to[dash] = '-';
  row.out.commit(kBytes);
}

BindResult bind_uuid(Args) { return bound(kText, {}, text_kernel<>(kText, add_uuid)); }

constexpr std::array kFunctions = {
    Function{"md5", "hash", "md5(text)", "The MD5 digest in hexadecimal.",
             "md5('Spark') -> 8cde774d6f7333752ed72cacddb05126", 1, 1, bind_md5},
    Function{"sha", "hash", "sha(text)", "The SHA-1 digest in hexadecimal.",
             "sha('Spark') -> 85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c", 1, 1, bind_sha1},
    Function{"sha1", "hash", "sha1(text)", "The SHA-1 digest in hexadecimal.",
             "sha1('Spark') -> 85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c", 1, 1, bind_sha1},
    Function{"sha2", "hash", "sha2(text, bits)", "The SHA-2 digest of 224, 256, 384 or 512 bits; 0 is 256.",
             "sha2('Spark', 256) -> 529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b", 2, 2, bind_sha2},
    Function{"crc32", "hash", "crc32(text)", "The CRC-32 checksum.", "crc32('Spark') -> 1557323817", 1, 1, bind_crc32},
    Function{"hash", "hash", "hash(value, ...)", "A hash of 32 bits of any values (Murmur3).",
             "hash('Spark', array(123), 2) -> -1321691492", 1, -1, bind_value_hash<int32_t, murmur3_column>},
    Function{"xxhash64", "hash", "xxhash64(value, ...)", "A hash of 64 bits of any values.",
             "xxhash64('Spark', array(123), 2) -> 5602566077635097486", 1, -1,
             bind_value_hash<int64_t, xxhash64_column>},
    Function{"uuid", "other", "uuid()", "A random uuid, which stays the same when the record is computed again.",
             "length(uuid()) -> 36", 0, 0, bind_uuid, false, false},
};

}  // namespace

std::span<const Function> hash_functions() { return kFunctions; }

}  // namespace millrace
