#include "harness/train/checkpoint.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/nn/ema.h"
#include "harness/nn/optimizer.h"
#include "harness/nn/state.h"
#include "harness/train/updates.h"

namespace synerbench {
namespace {

constexpr const char* kMetadataKey = "synerbench";
constexpr const char* kSchema = "synerbench/checkpoint";

Json losses_to_json(const Losses& losses) {
  Json json = Json::object();
  for (const auto& [name, value] : losses) json[name] = value;
  return json;
}

Losses losses_from_json(const Json& json) {
  Losses losses;
  for (const auto& item : json.items()) losses.emplace_back(item.key(), item.value().get<double>());
  return losses;
}

Error of_another_version(const std::filesystem::path& path) {
  return input_error(path.string(), "this checkpoint was written by another version",
                     "finish the training with the version that began it, or start anew");
}

Json metadata_of(const SafetensorsFile& file) {
  const auto found = file.metadata().find(kMetadataKey);
  if (found == file.metadata().end()) {
    throw input_error(file.path().string(), "this is no checkpoint of a training",
                      "it has no metadata \"synerbench\"; remove it to start anew");
  }
  Json json = parse_json(found->second, file.path().string());
  if (!json.is_object() || json.value("schema", Json()) != kSchema ||
      json.value("schema_version", Json()) != 1) {
    throw of_another_version(file.path());
  }
  return json;
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

void write_checkpoint(const std::filesystem::path& path, const Json& identity, const TrainPosition& position,
                      Trainable& model, Updates& updates) {
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
               {"schema_version", 1},
               {"identity", identity},
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
  nn::write_tensors(path, tensors, {{kMetadataKey, to_text(json, -1)}});
}

Json checkpoint_identity(const std::filesystem::path& path) {
  return metadata_of(SafetensorsFile(path)).value("identity", Json::object());
}

TrainPosition read_checkpoint(const std::filesystem::path& path, Trainable& model, Updates& updates) {
  const SafetensorsFile file(path);
  const Json json = metadata_of(file);
  // Written before this method's training had phases.
  if (!updates.phases().empty() && !json.contains("phase")) throw of_another_version(path);
  TrainPosition position;
  try {
    position.update = json.at("update").get<int64_t>();
    position.log_length = json.at("log_length").get<int64_t>();
    position.summed = json.at("summed").get<int64_t>();
    position.sums = losses_from_json(json.at("sums"));
    position.losses = losses_from_json(json.at("losses"));
    if (json.contains("best")) {
      position.best =
          BestSoFar{json["best"].at("update").get<int64_t>(), json["best"].at("score").get<double>(), {}};
    }
    if (!updates.phases().empty()) position.phase = json.at("phase").get<size_t>();
  } catch (const Json::exception& error) {
    throw input_error(path.string(), std::string("damaged metadata: ") + error.what(),
                      "start the training anew");
  }
  if (position.phase >= std::max<size_t>(1, updates.phases().size()))
    throw input_error(path.string(), "damaged metadata: no such phase", "start the training anew");
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
