#include "harness/core/safetensors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "harness/core/error.h"
#include "harness/core/json.h"

namespace synerbench {
namespace {

struct TypeRow {
  DType dtype;
  const char* name;
  size_t size;
};
constexpr TypeRow kTypes[] = {
    {DType::kF64, "F64", 8}, {DType::kF32, "F32", 4},   {DType::kF16, "F16", 2}, {DType::kBF16, "BF16", 2},
    {DType::kI64, "I64", 8}, {DType::kI32, "I32", 4},   {DType::kI16, "I16", 2}, {DType::kI8, "I8", 1},
    {DType::kU8, "U8", 1},   {DType::kBool, "BOOL", 1},
};

const TypeRow& row_of(DType dtype) {
  for (const auto& row : kTypes) {
    if (row.dtype == dtype) return row;
  }
  check_failed("known dtype", __FILE__, __LINE__, "");
}

constexpr const char* kPickleHint =
    "pickles run code when they are read, so they are refused; convert once with Python: "
    "safetensors.torch.save_file({k: v.contiguous() for k, v in torch.load(PATH, "
    "weights_only=True).items()}, OUT)";

// What the format's own reader accepts.
constexpr size_t kMostHeaderBytes = 100'000'000;

constexpr const char* kPickleProblem = "this is a pickle (PyTorch .pt/.pth/.ckpt), safetensors is wanted";

/// Looks at a file that is not safetensors. The first bytes of a sound one are its header's length, and any
/// of these may be among them.
bool looks_like_pickle(std::span<const std::byte> bytes) {
  const auto begins = [&](std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
  };
  const bool protocol = bytes.size() >= 2 && bytes[0] == std::byte{0x80} && bytes[1] >= std::byte{2} &&
                        bytes[1] <= std::byte{5};
  return begins("PK\x03\x04") || protocol;
}

// A product that cannot overflow; -1 when it would.
int64_t checked_count(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t side : shape) {
    if (side < 0 || __builtin_mul_overflow(count, side, &count)) return -1;
  }
  return count;
}

}  // namespace

size_t size_of(DType dtype) { return row_of(dtype).size; }
const char* name_of(DType dtype) { return row_of(dtype).name; }

int64_t TensorView::count() const { return checked_count(shape); }

void TensorView::check_type(size_t size, bool floating) const {
  const bool is_float = dtype == DType::kF64 || dtype == DType::kF32;
  SB_CHECK(size == size_of(dtype) && floating == is_float, fmt::format("tensor is {}", name_of(dtype)));
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : SafetensorsFile(std::make_shared<MappedFile>(path), false) {}

SafetensorsFile SafetensorsFile::open_header(const std::filesystem::path& path) {
  const std::string beginning = read_beginning(path, 8);
  uint64_t header_size = 0;
  if (beginning.size() == 8) std::memcpy(&header_size, beginning.data(), 8);
  const size_t most = 8 + std::min<uint64_t>(header_size, kMostHeaderBytes);
  return SafetensorsFile(std::make_shared<MappedFile>(path, MappedFile::How::kCopy, most), true);
}

SafetensorsFile SafetensorsFile::read_whole(const std::filesystem::path& path) {
  return SafetensorsFile(std::make_shared<MappedFile>(path, MappedFile::How::kCopy), false);
}

std::string SafetensorsFile::sha256() const {
  Sha256 hash;
  hash.update(file_->bytes());
  return hash.hex();
}

SafetensorsFile::SafetensorsFile(std::shared_ptr<MappedFile> file, bool header_only)
    : file_(std::move(file)) {
  const std::string place = file_->path().string();
  const auto bytes = file_->bytes();
  const auto bad = [&](const std::string& problem,
                       const std::string& hint = "the file is damaged or not safetensors; copy it again") {
    return input_error(place, problem, hint);
  };
  uint64_t header_size = 0;
  if (bytes.size() >= 8) std::memcpy(&header_size, bytes.data(), 8);
  const bool fits = bytes.size() >= 8 && header_size <= bytes.size() - 8;
  const bool structured = fits && header_size > 0 && bytes[8] == std::byte{'{'};
  if (!structured && looks_like_pickle(bytes)) throw bad(kPickleProblem, kPickleHint);
  if (bytes.size() < 8) throw bad(fmt::format("{} bytes; a safetensors file has at least 8", bytes.size()));
  if (!fits) {
    throw bad(
        fmt::format("the header claims {} bytes, {} are left in the file", header_size, bytes.size() - 8));
  }
  if (!structured) throw bad("the header does not begin with \"{\"");
  if (header_size > kMostHeaderBytes)
    throw bad(fmt::format("the header claims {} bytes, the format allows {}", header_size, kMostHeaderBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, header_size);
  const Json header = parse_json(text, place + " (header)");
  if (!header.is_object()) throw bad("the header is not a JSON object");
  const auto data = bytes.subspan(8 + header_size);

  struct Extent {
    uint64_t begin, end;
    std::string name;
  };
  std::vector<Extent> extents;
  for (auto it = header.begin(); it != header.end(); ++it) {
    const std::string& name = it.key();
    const Json& entry = it.value();
    if (name == "__metadata__") {
      if (!entry.is_object()) throw bad("__metadata__ is not an object");
      for (auto pair = entry.begin(); pair != entry.end(); ++pair) {
        if (!pair.value().is_string()) throw bad(fmt::format("__metadata__/{} is not a text", pair.key()));
        metadata_[pair.key()] = pair.value().get<std::string>();
      }
      continue;
    }
    const auto whole = [](const Json& list) {
      return std::all_of(list.begin(), list.end(), [](const Json& v) { return v.is_number_unsigned(); });
    };
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
        !entry.contains("shape") || !entry["shape"].is_array() || !whole(entry["shape"]) ||
        !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
        entry["data_offsets"].size() != 2 || !whole(entry["data_offsets"])) {
      throw bad(fmt::format("tensor \"{}\": dtype, shape and two data_offsets are wanted", name));
    }
    TensorView view;
    const std::string type_name = entry["dtype"].get<std::string>();
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const TypeRow& row) { return type_name == row.name; });
    if (type == std::end(kTypes))
      throw bad(fmt::format("tensor \"{}\": unknown dtype \"{}\"", name, type_name));
    view.dtype = type->dtype;
    view.shape = entry["shape"].get<std::vector<int64_t>>();
    const auto begin = entry["data_offsets"][0].get<uint64_t>(),
               end = entry["data_offsets"][1].get<uint64_t>();
    int64_t wanted = checked_count(view.shape);
    if (wanted < 0 || __builtin_mul_overflow(wanted, static_cast<int64_t>(type->size), &wanted)) {
      throw bad(fmt::format("tensor \"{}\": its shape is absurd", name));
    }
    if (end < begin || end - begin != static_cast<uint64_t>(wanted)) {
      throw bad(fmt::format("tensor \"{}\": {} bytes expected from dtype and shape, offsets {} .. {} given",
                            name, wanted, begin, end));
    }
    if (!header_only) {
      if (end > data.size()) {
        throw bad(
            fmt::format("tensor \"{}\" ends at byte {} of the data, {} bytes found", name, end, data.size()),
            "the file looks cut off; compare its size with the source and copy it again");
      }
      view.bytes = data.subspan(begin, end - begin);
    }
    extents.push_back({begin, end, name});
    if (!tensors_.emplace(name, std::move(view)).second)
      throw bad(fmt::format("tensor \"{}\" appears twice", name));
  }
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t at = 0;
  for (const auto& extent : extents) {
    if (extent.begin != at)
      throw bad(fmt::format("tensor \"{}\" starts at byte {}, {} expected (gap or overlap)", extent.name,
                            extent.begin, at));
    at = extent.end;
  }
  if (!header_only && at != data.size())
    throw bad(fmt::format("{} bytes of data expected, {} found", at, data.size()));
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> list;
  for (const auto& [name, view] : tensors_) list.push_back(name);
  return list;
}

bool SafetensorsFile::contains(const std::string& name) const { return tensors_.count(name) > 0; }

TensorView SafetensorsFile::at(const std::string& name) const {
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) {
    throw input_error(path().string(), fmt::format("no tensor \"{}\"", name), did_you_mean(name, names()));
  }
  return it->second;
}

std::string content_sha256(const std::vector<TensorToWrite>& tensors) {
  std::map<std::string_view, const TensorToWrite*> by_name;
  for (const TensorToWrite& tensor : tensors) by_name.emplace(tensor.name, &tensor);
  Sha256 hash;
  for (const auto& [name, part] : by_name) {
    const TensorToWrite& tensor = *part;
    std::string head = fmt::format("{}\n{}", tensor.name.size(), tensor.name);
    head += fmt::format("\n{}", name_of(tensor.dtype));
    for (const int64_t side : tensor.shape) head += fmt::format(" {}", side);
    hash.update(head + "\n");
    hash.update(tensor.bytes);
  }
  return hash.hex();
}

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata, std::string* sha256) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  // The format wants data without gaps; with types sorted by size every tensor is aligned to its own type.
  std::vector<const TensorToWrite*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return size_of(a->dtype) > size_of(b->dtype); });
  uint64_t at = 0;
  std::map<std::string, uint64_t> begins;
  for (const auto* tensor : order) {
    const int64_t count = checked_count(tensor->shape);
    SB_CHECK(count >= 0 && static_cast<size_t>(count) * size_of(tensor->dtype) == tensor->bytes.size(),
             tensor->name);
    SB_CHECK(begins.emplace(tensor->name, at).second, "two tensors named " + tensor->name);
    at += tensor->bytes.size();
  }
  for (const auto& tensor : tensors) {
    const uint64_t begin = begins.at(tensor.name);
    header[tensor.name] = Json{{"dtype", name_of(tensor.dtype)},
                               {"shape", tensor.shape},
                               {"data_offsets", {begin, begin + tensor.bytes.size()}}};
  }
  std::string text = to_text(header, -1);
  text.append((8 - text.size() % 8) % 8, ' ');

  write_file_with(path, [&](const std::filesystem::path& temporary) {
    std::FILE* file = std::fopen(temporary.c_str(), "wb");
    const auto fail = [&] {
      const int error = errno;
      if (file) std::fclose(file);
      throw input_error(path.string(), fmt::format("cannot write ({})", std::strerror(error)),
                        "check free space and permissions of the folder");
    };
    if (!file) fail();
    Sha256 hash;
    const auto put = [&](std::span<const std::byte> bytes) {
      if (sha256 != nullptr) hash.update(bytes);
      if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) fail();
    };
    const uint64_t size = text.size();
    put(std::as_bytes(std::span(&size, 1)));
    put(std::as_bytes(std::span(text)));
    for (const auto* tensor : order) put(tensor->bytes);
    const int closed = std::fclose(file);
    file = nullptr;
    if (closed != 0) fail();
    if (sha256 != nullptr) *sha256 = hash.hex();
  });
}

}  // namespace synerbench
