// Safetensors files and the shards of a slice store.
#include "harness/core/json.h"
#include "harness/core/safetensors.h"
#include "harness/data/slice_store.h"
#include "tests/fuzz/targets.h"
#include "tests/support/make_store.h"

namespace synerbench::fuzz {
namespace {

void touch(const SafetensorsFile& file) {
  for (const std::string& name : file.names()) {
    const TensorView view = file.at(name);
    int64_t count = 1;
    for (const int64_t side : view.shape) count *= side;
    SB_CHECK(count == view.count(), "count follows from the shape");
    SB_CHECK(view.bytes.size() == static_cast<size_t>(count) * size_of(view.dtype),
             "bytes follow from the shape");
    const auto whole = file.bytes();
    SB_CHECK(view.bytes.empty() || (view.bytes.data() >= whole.data() &&
                                    view.bytes.data() + view.bytes.size() <= whole.data() + whole.size()),
             "a tensor lies in its file");
    unsigned sum = 0;
    for (const std::byte b : view.bytes) sum += static_cast<unsigned>(b);
    SB_CHECK(sum <= 255u * view.bytes.size(), "every byte can be read");
  }
}

void safetensors_one(std::string_view input) {
  const auto path = put("a.safetensors", input);
  accepted([&] { SafetensorsFile::open_header(path); });
  accepted([&] { SafetensorsFile mapped(path); });
  if (!accepted([&] { touch(SafetensorsFile::read_whole(path)); })) return;
  // Written again and read again, it holds the same.
  const auto file = SafetensorsFile::read_whole(path);
  std::vector<TensorToWrite> tensors;
  for (const std::string& name : file.names()) {
    const TensorView view = file.at(name);
    tensors.push_back({name, view.dtype, view.shape, view.bytes});
  }
  const auto copy_path = desk() / "b.safetensors";
  write_safetensors(copy_path, tensors, file.metadata());
  const auto copy = SafetensorsFile::read_whole(copy_path);
  SB_CHECK(copy.names() == file.names() && copy.metadata() == file.metadata(),
           "names and metadata come back");
  for (const TensorToWrite& t : tensors) {
    const TensorView view = copy.at(t.name);
    SB_CHECK(view.dtype == t.dtype && view.shape == t.shape && std::ranges::equal(view.bytes, t.bytes),
             "tensors come back");
  }
}

Seeds safetensors_seeds() {
  const std::vector<float> floats{1, 2, 3, 4, 5, 6};
  const std::vector<int16_t> shorts{1, -2, 3};
  const std::vector<uint8_t> bytes{7};
  const auto path = desk() / "seed.safetensors";
  write_safetensors(path,
                    {{"mask", DType::kU8, {1}, bytes_of(std::span(bytes))},
                     {"ct", DType::kI16, {3}, bytes_of(std::span(shorts))},
                     {"m\"r", DType::kF32, {2, 3}, bytes_of(std::span(floats))}},
                    {{"case", "a/b"}, {"k", "v"}});
  Seeds seeds{{"three", read_file(path)}};
  write_safetensors(
      path, {{"empty", DType::kBF16, {0, 4}, {}}, {"scalar", DType::kU8, {}, bytes_of(std::span(bytes))}});
  seeds["odd"] = read_file(path);
  write_safetensors(path, {});
  seeds["none"] = read_file(path);
  return seeds;
}

// ---- a shard, in a store whose manifest names its hash: what a store made by somebody else may hold

struct SmallStore {
  std::filesystem::path folder = desk() / "store";
  Json manifest;
  std::string shard;  // path below the folder
  SmallStore() {
    testing_support::MakeStoreOptions options;
    options.patients = 1;
    options.size = {6, 5, 2};
    testing_support::make_store(folder, options);
    manifest = read_json(folder / "manifest.json");
    shard = manifest["cases"][0]["shard"].get<std::string>();
  }
};
SmallStore& small_store() {
  static SmallStore store;
  return store;
}

void shards_one(std::string_view input) {
  SmallStore& small = small_store();
  small.manifest["cases"][0]["shard_sha256"] = sha256_hex(input);
  put("store/manifest.json", to_text(small.manifest));
  put("store/" + small.shard, input);
  const SliceStore store(small.folder);
  bool sound = false;
  SB_CHECK(accepted([&] { sound = store.verify().empty(); }), "verify lists problems and throws none");
  const StoredCase& stored = store.cases()[0];
  const bool read = accepted([&] {
    for (const StoredVolume& about : stored.volumes) {
      const VolumeView volume = store.volume(stored, about.modality);
      const auto values = volume.read_all();
      SB_CHECK(
          volume.shape() == stored.shape && static_cast<int64_t>(values.size()) == stored.geometry.count(),
          "a volume has the manifest's shape");
    }
    SB_CHECK(static_cast<int64_t>(store.mask(stored).size()) == stored.geometry.count(), "so has the mask");
  });
  SB_CHECK(read || !sound, "what verify calls sound can be read");
}

Seeds shards_seeds() {
  const SmallStore& small = small_store();
  static const std::string bytes = read_file(small.folder / small.shard);
  return {{"shard", bytes}};
}

}  // namespace

Target safetensors() { return {"safetensors", safetensors_one, safetensors_seeds, 1500}; }
Target shards() { return {"shards", shards_one, shards_seeds, 1500}; }

}  // namespace synerbench::fuzz
