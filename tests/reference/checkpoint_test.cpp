#include "reference/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <functional>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/half.h"
#include "harness/core/lineage.h"
#include "harness/core/random.h"
#include "harness/core/safetensors.h"
#include "harness/train/weights.h"
#include "harness/train/weights_lineage.h"
#include "reference/checkpoint/stream.h"
#include "reference/manage/manage.h"
#include "reference/tokenizer/tokenizer.h"
#include "tests/reference/support/parity.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::manifest;
using testing::model_folder;
using testing_support::error_of;

/// A file with a true header and no data at all.
void write_header(const std::filesystem::path& path, const std::vector<TensorSpec>& specs, const char* dtype,
                  size_t size) {
  nlohmann::ordered_json::object_t header;
  uint64_t at = 0;
  for (const TensorSpec& spec : specs) {
    const uint64_t bytes = static_cast<uint64_t>(spec.count()) * size;
    header.emplace_back(spec.key,
                        Json{{"dtype", dtype}, {"shape", spec.shape}, {"data_offsets", {at, at + bytes}}});
    at += bytes;
  }
  const std::string text = Json(std::move(header)).dump();
  const uint64_t length = text.size();
  std::string file(reinterpret_cast<const char*>(&length), 8);
  write_file(path, file + text);
}

void write_header_folder(const std::filesystem::path& folder, const ModelSizes& sizes) {
  write_configs(folder, sizes);
  write_header(folder / "ema.safetensors", model_tensors(sizes), "BF16", 2);
  write_header(folder / "ae.safetensors", vae_tensors(sizes.vae), "F32", 4);
}

TEST(Checkpoint, ReleasedSizeHas1223TensorsAnd14607260128Values) {
  const ModelSizes sizes = named_sizes("bagel-7b");
  EXPECT_EQ(model_tensors(sizes).size(), 1223u);
  EXPECT_EQ(count_values(model_tensors(sizes)), 14607260128);
  EXPECT_EQ(vae_tensors(sizes.vae).size(), 244u);
  EXPECT_EQ(count_values(vae_tensors(sizes.vae)), 83819683);
}

TEST(Checkpoint, InspectReadsAHeaderOfTheReleasedSizeWithoutItsData) {
  TempFolder folder;
  const ModelSizes sizes = named_sizes("bagel-7b");
  write_header_folder(folder.path(), sizes);
  const Json seen = inspect_checkpoint(folder.path());
  EXPECT_TRUE(seen.at("fits").get<bool>());
  EXPECT_EQ(seen.at("model").at("tensors").get<int64_t>(), 1223);
  EXPECT_EQ(seen.at("model").at("values").get<int64_t>(), 14607260128);
  EXPECT_EQ(seen.at("sizes"), to_json(sizes));  // every size came back from shapes and configuration
  EXPECT_THAT(inspection_text(seen), HasSubstr("model      1223 tensors, 14607260128 values"));
  EXPECT_EQ(written_text(seen), folder.path().string() + ": 1223 and 244 tensors, 14691079811 values");
  EXPECT_THROW(Checkpoint::open(folder.path()), Error);  // with data it is a cut-off file
}

TEST(Checkpoint, HeadersAloneAreAModelToLookAtAndNothingElse) {
  TempFolder folder;
  init_checkpoint(folder / "m", {.sizes = "bagel-7b", .dtype = "bf16", .headers_only = true});
  EXPECT_LT(std::filesystem::file_size(folder / "m/ema.safetensors"), 1u << 20);
  const Json seen = inspect_checkpoint(folder / "m");
  EXPECT_TRUE(seen.at("fits").get<bool>());
  EXPECT_EQ(seen.at("model").at("values").get<int64_t>(), 14607260128);
  EXPECT_THROW(Checkpoint::open(folder / "m"), Error);
}

TEST(Checkpoint, ReportsWhatIsMissingUnknownAndMisshaped) {
  TempFolder folder;
  const ModelSizes sizes = named_sizes("tiny");
  write_header_folder(folder.path(), sizes);
  auto specs = model_tensors(sizes);
  specs[5].shape = {3, 5};
  const std::string misshaped = specs[5].key, missing = specs[20].key;
  specs[20].key = "language_model.model.layers.0.surprise";
  std::erase_if(specs, [](const TensorSpec& spec) { return spec.part == Part::kTable; });
  write_header(folder / "ema.safetensors", specs, "F32", 4);
  const Checkpoint checkpoint = Checkpoint::open(folder.path(), {"", true});
  EXPECT_EQ(checkpoint.report().missing, std::vector<std::string>{missing});
  EXPECT_EQ(checkpoint.report().unknown, std::vector<std::string>{"language_model.model.layers.0.surprise"});
  ASSERT_EQ(checkpoint.report().misshaped.size(), 1u);
  EXPECT_THAT(checkpoint.report().misshaped[0], HasSubstr(misshaped + ": [3, 5] in the file"));
  EXPECT_EQ(checkpoint.report().recomputed.size(), 2u);  // the two tables follow from a formula
  const std::string error = error_of([&] { checkpoint.require_fit(); }, ExitCode::kBadInput);
  EXPECT_THAT(error, HasSubstr("1 keys missing, 1 unknown, 1 of another shape"));
  EXPECT_THAT(error, HasSubstr(missing));
}

TEST(Checkpoint, ConfigurationThatContradictsTheTensorsIsNamed) {
  TempFolder folder;
  const ModelSizes sizes = named_sizes("tiny");
  const auto open_with = [&](const char* file, const char* key, Json value) {
    write_header_folder(folder.path(), sizes);
    Json config = read_json(folder / file);
    config[key] = std::move(value);
    write_json(folder / file, config);
    Checkpoint::open(folder.path(), {"", true});
  };
  const auto error_with = [&](const char* file, const char* key, const Json& value) {
    return error_of([&] { open_with(file, key, value); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(error_with("llm_config.json", "num_hidden_layers", 5),
              HasSubstr("num_hidden_layers: 5 here, the tensors say 2"));
  EXPECT_THAT(error_with("vit_config.json", "num_hidden_layers", 2),
              HasSubstr("one layer more than is built"));
  EXPECT_THAT(error_with("vit_config.json", "image_size", 28), HasSubstr("10 patches a side"));
  EXPECT_THAT(error_with("vit_config.json", "num_attention_heads", 5), HasSubstr("no multiple of 5 heads"));
  EXPECT_THAT(error_with("llm_config.json", "rope_scaling", Json{{"type", "yarn"}}),
              HasSubstr("not supported"));
  EXPECT_NO_THROW(open_with("llm_config.json", "attention_dropout", 0));  // a field that changes nothing
}

/// What `open` makes of files that are cut, of another type, flipped, or whose fields are: it opens them, or
/// says that the input is bad.
void expect_bad_input_or_nothing(const TempFolder& folder, const std::string& name,
                                 const std::function<void()>& open) {
  const std::filesystem::path file = folder / name;
  const std::string sound = read_file(file);
  const auto try_with = [&](const std::string& bytes, const std::string& what, bool must_fail) {
    folder.write(name, bytes);
    try {
      open();
      EXPECT_FALSE(must_fail) << file.filename() << " with " << what << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput) << what << ": " << error.what();
      EXPECT_THAT(error.what(), HasSubstr(file.parent_path().string())) << what;
    } catch (const std::exception& error) {
      ADD_FAILURE() << file.filename() << " with " << what << ": " << error.what();
    }
  };
  try_with("", "nothing", file.extension() == ".json");
  if (file.extension() == ".json") {
    for (const char* other : {"[]", "null", "\"text\"", "17", "{", "\xff\xfe"}) try_with(other, other, true);
    try_with(sound.substr(0, sound.size() / 2), "half of it", true);
    const Json json = read_json(folder.write(name, sound));
    for (const auto& item : json.items()) {
      for (const Json& value : {Json("text"), Json(nullptr), Json::array(), Json::object(), Json(-1), Json(0),
                                Json(1e300), Json(int64_t{1} << 62), Json(true)}) {
        Json changed = json;
        changed[item.key()] = value;
        try_with(to_text(changed), item.key() + " = " + value.dump(), false);
      }
    }
  }
  Random random(seed_from(file.filename().string()));
  for (int i = 0; i < 100; ++i) {
    std::string bytes = sound;
    bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
    try_with(bytes, "a flipped bit", false);
  }
  folder.write(name, sound);
}

TEST(Checkpoint, DamagedConfigurationIsBadInputNeverAWrongCommandLine) {
  TempFolder folder;
  init_checkpoint(folder / "m", {.sizes = "tiny", .headers_only = true});
  for (const char* name : {"llm_config.json", "vit_config.json", "vae_config.json", "config.json"}) {
    expect_bad_input_or_nothing(folder, std::string("m/") + name, [&] {
      Checkpoint::open(folder / "m", {"", true});
    });
  }
  for (const char* name : {"vocab.json", "merges.txt", "tokenizer_config.json"}) {
    expect_bad_input_or_nothing(folder, std::string("m/") + name, [&] { Tokenizer::load(folder / "m"); });
  }
  for (const char* name :
       {"vocab.json", "merges.txt", "tokenizer_config.json", "llm_config.json", "vit_config.json"}) {
    const std::string sound = read_file(folder / "m" / name);
    std::filesystem::remove(folder / "m" / name);
    EXPECT_THAT(error_of(
                    [&] {
                      Checkpoint::open(folder / "m", {"", true});
                      Tokenizer::load(folder / "m");
                    },
                    ExitCode::kBadInput),
                HasSubstr(name));
    write_file(folder / "m" / name, sound);
  }
  const auto error_with = [&](const std::string& text) {
    write_file(folder / "m/llm_config.json", text);
    return error_of([&] { Checkpoint::open(folder / "m", {"", true}); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(error_with("{\"rms_norm_eps\": \"small\"}"),
              ::testing::AllOf(HasSubstr("llm_config.json: /rms_norm_eps: a number is wanted, a text found"),
                               HasSubstr("copy the model's folder again")));
}

TEST(Checkpoint, PicklesAreRefusedWithTheWayToConvertThem) {
  TempFolder folder;
  write_file(folder / "model.safetensors", std::string("PK\x03\x04", 4) + std::string(100, 'x'));
  EXPECT_THAT(error_of([&] { Checkpoint::open(folder.path()); }, ExitCode::kBadInput),
              HasSubstr("safetensors.torch.save_file"));
  std::filesystem::remove(folder / "model.safetensors");
  write_file(folder / "pytorch_model.bin", std::string("PK\x03\x04", 4) + std::string(100, 'x'));
  EXPECT_THAT(error_of([&] { Checkpoint::open(folder.path()); }, ExitCode::kBadInput), HasSubstr("pickle"));
}

TEST(CheckpointParity, DerivesTheSizesOfTheFixtureFromItsTensors) {
  NEEDS_FIXTURE("autoencoder weights");
  const Checkpoint checkpoint = Checkpoint::open(model_folder());
  checkpoint.require_fit();
  const ModelSizes& s = checkpoint.sizes();
  const Json& model = manifest().at("model");
  EXPECT_EQ(s.llm.hidden, model.at("llm").at("hidden_size").get<int64_t>());
  EXPECT_EQ(s.llm.heads, model.at("llm").at("num_attention_heads").get<int64_t>());
  EXPECT_EQ(s.llm.kv_heads, model.at("llm").at("num_key_value_heads").get<int64_t>());
  EXPECT_EQ(s.llm.vocabulary, model.at("llm").at("vocab_size").get<int64_t>());
  EXPECT_EQ(s.vit.layers, model.at("vit").at("num_hidden_layers").get<int64_t>() - 1);
  EXPECT_EQ(s.vit.grid, model.at("vit_max_num_patch_per_side").get<int64_t>());
  EXPECT_EQ(s.latent_patch, model.at("latent_patch_size").get<int64_t>());
  EXPECT_EQ(s.latent_grid, model.at("max_latent_size").get<int64_t>());
  EXPECT_EQ(s.vae.channels, model.at("vae").at("ch").get<int64_t>());
  EXPECT_EQ(s.vae.multipliers, model.at("vae").at("ch_mult").get<std::vector<int64_t>>());
  EXPECT_EQ(s.vae.blocks, model.at("vae").at("num_res_blocks").get<int64_t>());
  EXPECT_EQ(s.vae.latent_channels, model.at("vae").at("z_channels").get<int64_t>());
}

TEST(CheckpointParity, ModulePrefixesAndAnInnerAutoencoderAreTheSameModel) {
  NEEDS_FIXTURE("autoencoder weights");
  const Checkpoint plain = Checkpoint::open(model_folder());
  TempFolder folder;
  for (const char* name : {"llm_config.json", "vit_config.json", "config.json", "vocab.json", "merges.txt",
                           "tokenizer_config.json"}) {
    write_file(folder / name, read_file(model_folder() / name));
  }
  // UniMedVL: the autoencoder inside the main file, everything under "module.".
  const SafetensorsFile main(model_folder() / "ema.safetensors"), vae(model_folder() / "ae.safetensors");
  std::vector<TensorToWrite> tensors;
  for (const auto& name : main.names())
    tensors.push_back({"module." + name, main.at(name).dtype, main.at(name).shape, main.at(name).bytes});
  for (const auto& name : vae.names())
    tensors.push_back({"vae_model." + name, vae.at(name).dtype, vae.at(name).shape, vae.at(name).bytes});
  const std::vector<float> mean(16, 0.5f);
  tensors.push_back({"vae_batch_norm.running_mean", DType::kF32, {16}, bytes_of(std::span(mean))});
  write_safetensors(folder / "ema.safetensors", tensors);
  const Checkpoint inner = Checkpoint::open(folder.path());
  inner.require_fit();
  EXPECT_EQ(inner.sizes(), plain.sizes());
  EXPECT_EQ(inner.weights_sha256(), plain.weights_sha256());
  EXPECT_EQ(inner.report().ignored, std::vector<std::string>{"vae_batch_norm.running_mean"});

  // convert gives the official layout back.
  TempFolder out;
  convert_checkpoint(folder.path(), out.path(), {});
  const Checkpoint converted = Checkpoint::open(out.path());
  EXPECT_EQ(converted.weights_sha256(), plain.weights_sha256());
  EXPECT_EQ(SafetensorsFile(out / "ae.safetensors").names(), vae.names());
  EXPECT_EQ(SafetensorsFile(out / "ema.safetensors").names(), main.names());
  EXPECT_THROW(convert_checkpoint(folder.path(), out.path(), {}), Error);  // never over a model
  // But over what a killed one has left: the marker stands until all files are there.
  const std::string made = read_file(out.path() / "ema.safetensors");
  write_file(out.path() / ".making", "");
  write_file(out.path() / "ema.safetensors", "half");
  std::filesystem::remove(out.path() / "config.json");
  convert_checkpoint(folder.path(), out.path(), {});
  EXPECT_EQ(read_file(out.path() / "ema.safetensors"), made);
  EXPECT_TRUE(std::filesystem::exists(out.path() / "config.json"));
  EXPECT_FALSE(std::filesystem::exists(out.path() / ".making"));
}

TEST(CheckpointParity, ConvertChangesTypesAndBorrowsMissingTensors) {
  NEEDS_FIXTURE("autoencoder weights");
  TempFolder half, lacking, whole;
  convert_checkpoint(model_folder(), half.path(), {.dtype = "bf16"});
  const Checkpoint a = Checkpoint::open(model_folder()), b = Checkpoint::open(half.path());
  EXPECT_EQ(b.report().dtypes.at("BF16"), a.report().model_tensors);
  const auto x = to_floats(a.model_tensor("llm2vae.weight")), y = to_floats(b.model_tensor("llm2vae.weight"));
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i], std::abs(x[i]) / 256);

  // A run without generation saves no generation heads; the base model lends them.
  for (const auto& entry : std::filesystem::directory_iterator(model_folder())) {
    write_file(lacking / entry.path().filename().string(), read_file(entry.path()));
  }
  const SafetensorsFile main(model_folder() / "ema.safetensors");
  std::vector<TensorToWrite> tensors;
  for (const auto& name : main.names()) {
    if (name.starts_with("time_embedder") || name == "llm2vae.weight") continue;
    tensors.push_back({name, main.at(name).dtype, main.at(name).shape, main.at(name).bytes});
  }
  write_safetensors(lacking / "ema.safetensors", tensors);
  EXPECT_THROW(convert_checkpoint(lacking.path(), whole.path(), {}), Error);
  convert_checkpoint(lacking.path(), whole.path(), {.base = model_folder()});
  EXPECT_EQ(Checkpoint::open(whole.path()).weights_sha256(), a.weights_sha256());
}

TEST(CheckpointConvert, CarriesTheLineageOfTheWeights) {
  TempFolder from, to, again, plain, whole;
  init_checkpoint(from.path(), {.sizes = "tiny"});
  convert_checkpoint(from.path(), plain.path(), {});
  EXPECT_TRUE(inspect_checkpoint(plain.path()).at("lineage").is_null()) << "nobody recorded one";

  // A folder as train leaves it: the lineage names the weights by the hash of their files.
  Lineage lineage;
  lineage.trainings.emplace_back();
  TrainingOrigin& own = lineage.trainings.front();
  own.model = "synermedgen";
  own.samples = {SampleKind::kSynthesis};
  own.scans = std::make_shared<const std::set<std::string>>(std::set{std::string(64, 'c')});
  own.scans_sha256 = sha256_of_set(*own.scans);
  const std::string main = sha256_file(from / "ema.safetensors"), vae = sha256_file(from / "ae.safetensors");
  own.weights_sha256 = combined_sha256({{"ae", "ae.safetensors", vae}, {"ema", "ema.safetensors", main}});
  write_json(from / "config.json", {{"schema", "synerbench/weights"},
                                    {"schema_version", 1},
                                    {"method", "synermedgen"},
                                    {"config", Json::object()},
                                    {"networks",
                                     {{"ae", {{"file", "ae.safetensors"}, {"sha256", vae}}},
                                      {"ema", {{"file", "ema.safetensors"}, {"sha256", main}}}}},
                                    {"lineage", to_json_with_scans(lineage, "")}});
  convert_checkpoint(from.path(), to.path(), {.dtype = "bf16"});
  const std::string hash = Checkpoint::open(to.path()).weights_sha256();
  const auto carried = find_lineage(to.path(), [&] { return hash; });
  ASSERT_TRUE(carried);
  own.weights_sha256 = hash;
  EXPECT_EQ(to_json_with_scans(*carried, ""), to_json_with_scans(lineage, ""));
  EXPECT_THAT(written_text(inspect_checkpoint(to.path())), HasSubstr("lineage: synthesis"));
  convert_checkpoint(to.path(), again.path(), {});
  EXPECT_EQ(read_json(again / "config.json").at("lineage"), read_json(to / "config.json").at("lineage"));
  // Tensors that a base lends bring what it learned from.
  const SafetensorsFile file(plain / "ema.safetensors");
  std::vector<TensorToWrite> tensors;
  for (const auto& name : file.names()) {
    if (name.starts_with("time_embedder")) continue;
    const TensorView view = file.at(name);
    tensors.push_back({name, view.dtype, view.shape, view.bytes});
  }
  TempFolder lacking;
  for (const auto& entry : std::filesystem::directory_iterator(plain.path()))
    write_file(lacking / entry.path().filename().string(), read_file(entry.path()));
  write_safetensors(lacking / "ema.safetensors", tensors);
  convert_checkpoint(lacking.path(), whole.path(), {.base = to.path()});
  const auto both = find_lineage(whole.path(), nullptr);
  ASSERT_TRUE(both);
  ASSERT_EQ(both->trainings.size(), 2u);
  EXPECT_FALSE(both->trainings[0].recorded);
  EXPECT_EQ(both->trainings[1].model, "synermedgen");

  // Other weights under this lineage are refused.
  std::filesystem::copy_file(plain / "ema.safetensors", to / "ema.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  const auto read = [&] {
    find_lineage(to.path(), [&] { return Checkpoint::open(to.path()).weights_sha256(); });
  };
  EXPECT_THAT(error_of(read, ExitCode::kBadInput), HasSubstr("it is that of other weights"));
}

TEST(CheckpointInit, MakesAModelThatFitsAndWhoseExpertsAreEqual) {
  TempFolder one, two;
  init_checkpoint(one.path(), {.sizes = "tiny", .seed = 7});
  init_checkpoint(two.path(), {.sizes = "tiny", .seed = 7});
  const Checkpoint checkpoint = Checkpoint::open(one.path());
  checkpoint.require_fit();
  EXPECT_EQ(checkpoint.sizes(), named_sizes("tiny"));
  EXPECT_EQ(read_file(one / "ema.safetensors"), read_file(two / "ema.safetensors"));
  int equal = 0;
  for (const TensorSpec& spec : model_tensors(checkpoint.sizes())) {
    const std::string counterpart = generation_counterpart(spec.key);
    if (counterpart.empty()) continue;
    EXPECT_EQ(to_floats(checkpoint.model_tensor(spec.key)), to_floats(checkpoint.model_tensor(counterpart)))
        << spec.key;
    ++equal;
  }
  EXPECT_EQ(equal, 14 * checkpoint.sizes().llm.layers + 1);
  for (const float value : to_floats(checkpoint.model_tensor("llm2vae.weight"))) EXPECT_EQ(value, 0.0f);
  const Tokenizer tokenizer = Tokenizer::load(one.path());
  EXPECT_LE(tokenizer.size(), checkpoint.sizes().llm.vocabulary);
  EXPECT_TRUE(tokenizer.added_marks().empty());
  const std::string prompt = "Which candidate is the CT of the MRI source slice? Answer with the letter.";
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(prompt)), prompt);
  EXPECT_LT(tokenizer.encode(prompt).size(), 40u);  // the merges were learned
}

TEST(Half, BFloat16AndFloat16RoundToNearestEven) {
  EXPECT_EQ(float_to_bf16(1.0f), 0x3F80);
  EXPECT_EQ(bf16_to_float(float_to_bf16(1.0f + 0x1p-8f)), 1.0f);                // a tie goes to even
  EXPECT_EQ(bf16_to_float(float_to_bf16(1.0f + 3 * 0x1p-8f)), 1.0f + 0x1p-6f);  // up this time
  EXPECT_TRUE(std::isnan(bf16_to_float(float_to_bf16(std::bit_cast<float>(0x7F800001u)))));
  EXPECT_EQ(float_to_fp16(65504.0f), 0x7BFF);
  EXPECT_EQ(float_to_fp16(65520.0f), 0x7C00);
  EXPECT_EQ(float_to_fp16(0x1p-24f), 0x0001);
  EXPECT_EQ(float_to_fp16(-0.0f), 0x8000);
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    if (!std::isnan(fp16_to_float(half))) {
      ASSERT_EQ(float_to_fp16(fp16_to_float(half)), half);
    }
    if (!std::isnan(bf16_to_float(half))) {
      ASSERT_EQ(float_to_bf16(bf16_to_float(half)), half);
    }
  }
}

TEST(Checkpoint, ConvolutionPatchWeightsBecomeLinear) {
  // [Hv=1, 2 channels, 1, 3] with value 10*channel + column -> columns with channel fastest.
  const std::vector<float> values = {0, 1, 2, 10, 11, 12};
  TensorView view;
  view.dtype = DType::kF32;
  view.shape = {1, 2, 1, 3};
  view.bytes = bytes_of(std::span(values));
  EXPECT_EQ(linear_patch_weight(view), (std::vector<float>{0, 10, 1, 11, 2, 12}));
}

}  // namespace
}  // namespace synerbench::reference
