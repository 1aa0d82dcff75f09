#include "harness/train/checkpoint.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/nn/ema.h"
#include "harness/nn/optimizer.h"
#include "harness/nn/state.h"
#include "harness/train/updates.h"

namespace synerbench {
namespace {

constexpr const char* kMetadataKey = "synerbench";
constexpr const char* kSumKey = "sha256";
constexpr const char* kSchema = "synerbench/checkpoint";
constexpr int64_t kVersion = 2;  // 1 had no sum
constexpr const char* kDamaged =
    "the checkpoint is damaged: put a copy of it back, or remove it and start the training anew";

Json losses_to_json(const Losses& losses) {
  Json json = Json::object();
  for (const auto& [name, value] : losses) json[name] = value;
  return json;
}

Losses losses_from_json(JsonObject object, const Json& json) {
  Losses losses;
  for (const auto& item : json.items()) losses.emplace_back(item.key(), object.number(item.key()));
  return losses;
}

Error of_another_version(const std::filesystem::path& path) {
  return input_error(path.string(), "this checkpoint was written by another version",
                     "finish the training with the version that began it, or start anew");
}

/// Of the position and of all tensors.
std::string sum_of(const std::string& position, const std::vector<TensorToWrite>& tensors) {
  return sha256_hex(position + "\n" + content_sha256(tensors));
}

std::string sum_of(const std::string& position, const SafetensorsFile& file) {
  std::vector<TensorToWrite> tensors;
  for (const std::string& name : file.names()) {
    const TensorView view = file.at(name);
    tensors.push_back({name, view.dtype, view.shape, view.bytes});
  }
  return sum_of(position, tensors);
}

/// The position as JSON, when the file is what was written.
Json metadata_of(const SafetensorsFile& file) {
  const std::string place = file.path().string();
  const auto found = file.metadata().find(kMetadataKey);
  if (found == file.metadata().end()) {
    throw input_error(place, "this is no checkpoint of a training",
                      "it has no metadata \"synerbench\"; remove it to start anew");
  }
  Json json = parse_json(found->second, place);
  if (!json.is_object() || !json.contains("schema") || json["schema"] != kSchema ||
      !json.contains("schema_version") || json["schema_version"] != kVersion) {
    throw of_another_version(file.path());
  }
  const auto sum = file.metadata().find(kSumKey);
  if (sum == file.metadata().end() || sum->second != sum_of(found->second, file))
    throw input_error(place, "its content is not what was written: the SHA-256 differs", kDamaged);
  return json;
}

/// What the position says. It is held against the training, so that a file that some other program made, sum
/// and all, cannot lead out of it.
TrainPosition position_from_json(const Json& json, const std::string& place, const Updates& updates) {
  JsonObject object(json, place, "", ExitCode::kBadInput, kDamaged);
  TrainPosition position;
  position.update = object.integer("update", 0, updates.total());
  position.log_length = object.integer("log_length", 0);
  position.summed = object.integer("summed", 0, position.update);
  position.sums = losses_from_json(object.object("sums"), object.raw("sums"));
  position.losses = losses_from_json(object.object("losses"), object.raw("losses"));
  if (position.summed > 0 && position.sums.empty())
    throw object.error("sums", "no losses, though some were summed");
  if (object.has("best")) {
    JsonObject best = object.object("best");
    position.best = BestSoFar{best.integer("update", 1, position.update), best.number("score"), {}};
    if (!(std::abs(position.best->score) <= 1)) throw best.error("score", "no SSIM; one is from -1 to 1");
    best.done();
  }
  if (!updates.phases().empty()) {
    position.phase =
        static_cast<size_t>(object.integer("phase", 0, static_cast<int64_t>(updates.phases().size()) - 1));
    // The state is that of the update before: the next one enters its own phase.
    const size_t wanted = updates.phase_at(std::max<int64_t>(0, position.update - 1));
    if (position.update > 0 && position.phase != wanted) {
      throw object.error("phase", fmt::format("{} after {} updates, {} is the phase they end in",
                                              position.phase, position.update, wanted));
    }
  }
  return position;
}

void add(std::vector<nn::NamedTensor>& all, const std::string& prefix,
         const std::vector<nn::NamedTensor>& some) {
  for (const nn::NamedTensor& named : some) all.push_back({prefix + named.name, named.tensor});
}

}  // namespace

std::vector<NetworkSnapshot> snapshot(Trainable& model) {
  std::vector<NetworkSnapshot> networks;
  for (const NetworkHandle& handle : model.networks()) {
    NetworkSnapshot copy{handle.name, {}};
    for (const nn::NamedTensor& named : model.tensors_of(handle)) {
      copy.tensors.push_back({named.name, named.tensor.detach().to(at::kCPU, named.tensor.scalar_type(),
                                                                   /*non_blocking=*/false, /*copy=*/true)});
    }
    networks.push_back(std::move(copy));
  }
  return networks;
}

std::vector<nn::NamedTensor> averaged_tensors(Trainable& model) {
  std::vector<nn::NamedTensor> tensors;
  for (const NetworkHandle& handle : model.networks()) {
    if (handle.inference) add(tensors, handle.name + ".", model.tensors_of(handle));
  }
  return tensors;
}

void write_checkpoint(const std::filesystem::path& path, const TrainingName& name,
                      const TrainPosition& position, Trainable& model, Updates& updates) {
  std::vector<nn::NamedTensor> tensors;
  for (const NetworkHandle& handle : model.networks()) {
    add(tensors, "net." + handle.name + ".", model.tensors_of(handle));
  }
  for (const nn::Optimizer* optimizer : model.optimizers())
    add(tensors, "opt." + optimizer->name() + ".", optimizer->state());
  if (updates.average()) add(tensors, "ema.", updates.average()->shadow());
  std::vector<nn::NamedTensor> extra;
  model.save_extra(extra);
  add(tensors, "extra.", extra);

  Json json = {{"schema", kSchema},
               {"schema_version", kVersion},
               {"identity", name.identity},
               {"lineage", name.lineage},
               {"update", position.update},
               {"log_length", position.log_length},
               {"summed", position.summed},
               {"sums", losses_to_json(position.sums)},
               {"losses", losses_to_json(position.losses)}};
  if (!updates.phases().empty()) {
    json["phase"] = position.phase;
    json["phase_name"] = updates.phases()[position.phase].name;  // for people
  }
  if (position.best) {
    json["best"] = {{"update", position.best->update}, {"score", position.best->score}};
    for (const NetworkSnapshot& copy : position.best->networks)
      add(tensors, "best." + copy.name + ".", copy.tensors);
  }
  const nn::HostTensors host = nn::host_tensors(tensors);
  const std::string text = to_text(json, -1);
  write_safetensors(path, host.parts, {{kMetadataKey, text}, {kSumKey, sum_of(text, host.parts)}});
}

TrainingName checkpoint_name(const std::filesystem::path& path) {
  const Json json = metadata_of(SafetensorsFile(path));
  JsonObject object(json, path.string(), "", ExitCode::kBadInput, kDamaged);
  object.object("identity");
  return {object.raw("identity"), object.has("lineage") ? object.raw("lineage") : Json()};
}

TrainPosition read_checkpoint(const std::filesystem::path& path, Trainable& model, Updates& updates) {
  const SafetensorsFile file(path);
  const Json json = metadata_of(file);
  // Written before this method's training had phases.
  if (!updates.phases().empty() && !json.contains("phase")) throw of_another_version(path);
  TrainPosition position = position_from_json(json, path.string(), updates);
  updates.enter(position.phase);

  for (const NetworkHandle& handle : model.networks()) {
    nn::load_tensors(model.tensors_of(handle), file, "net." + handle.name + ".", "network " + handle.name);
  }
  for (nn::Optimizer* optimizer : model.optimizers()) {
    nn::load_tensors(optimizer->state(), file, "opt." + optimizer->name() + ".",
                     "optimizer " + optimizer->name());
    optimizer->restored();
  }
  if (updates.average()) nn::load_tensors(updates.average()->shadow(), file, "ema.", "the averaged weights");
  model.load_extra(file, "extra.");
  if (position.best) {
    position.best->networks = snapshot(model);
    for (const NetworkSnapshot& copy : position.best->networks) {
      nn::load_tensors(copy.tensors, file, "best." + copy.name + ".", "best weights of network " + copy.name);
    }
  }
  return position;
}

}  // namespace synerbench
