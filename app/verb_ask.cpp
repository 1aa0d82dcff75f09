// synerbench ask: images and a question to the reference model, its answer on stdout.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/reference_model.h"
#include "app/verb.h"
#include "harness/core/progress.h"
#include "harness/data/intensity.h"
#include "harness/data/slice_store.h"
#include "harness/data/volume_io.h"

namespace synerbench {
namespace {

struct Options {
  std::string model, prompt, plane = "axial", device = "cpu";
  std::vector<std::string> images, modalities;
  uint64_t seed = 1;
  bool json = false;
};

/// Values of a volume nobody named: HU are recognised by air, far below zero in both CT and CBCT; everything else is treated as MR.
constexpr float kSurelyHu = -200;

struct Picture {
  reference::SliceImage image;
  Json facts;
};

// "FILE" or "FILE#SLICE"; without a number the middle slice.
Picture read_picture(const std::string& text, const std::string& modality, const std::string& plane) {
  const size_t mark = text.rfind('#');
  const std::string file = text.substr(0, mark);
  const Volume volume = to_canonical(read_volume(file));
  const auto [depth, height, width] = plane_shape(volume.geometry, plane);
  int64_t slice = depth / 2;
  if (mark != std::string::npos) {
    const std::string number = text.substr(mark + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), slice);
    if (error != std::errc() || end != number.data() + number.size() || slice < 0 || slice >= depth) {
      throw usage_error("--image", fmt::format("\"{}\" is no slice of {}", number, file),
                        fmt::format("{} {} slices: 0 .. {}", depth, plane, depth - 1));
    }
  }
  const bool named = !modality.empty();
  const bool hu =
      std::any_of(volume.voxels.begin(), volume.voxels.end(), [](float v) { return v < kSurelyHu; });
  const Modality kind = named ? parse_modality(modality, "--modality") : hu ? Modality::kCT : Modality::kMRI;
  std::vector<uint8_t> inside(volume.voxels.size());
  std::transform(volume.voxels.begin(), volume.voxels.end(), inside.begin(),
                 [](float v) { return static_cast<uint8_t>(v != 0); });
  const IntensityMap map = default_intensity_map(kind, volume.voxels, inside, file);

  const std::vector<float> slices = to_plane(std::span<const float>(volume.voxels), volume.geometry, plane);
  Picture picture;
  picture.image.height = height;
  picture.image.width = width;
  const auto area = static_cast<size_t>(height * width);
  for (size_t i = 0; i < area; ++i)
    picture.image.pixels.push_back(map.to_model(slices[static_cast<size_t>(slice) * area + i]));
  picture.facts = {{"file", file},
                   {"slice", slice},
                   {"slices", depth},
                   {"plane", plane},
                   {"window", to_json(map)},
                   {"window_chosen_by", named ? "--modality " + modality
                                        : hu  ? "values below -200: HU"
                                              : "no values below -200"}};
  say("image", fmt::format("{}: {} slice {} of {}, window [{:g}, {:g}] {}", file, plane, slice, depth,
                           map.low, map.high, map.unit));
  return picture;
}

#ifdef SYNERBENCH_WITH_TORCH
ExitCode ask(const Options& options) {
  const ReferenceSpec spec = parse_reference(options.model, options.device);
  if (options.modalities.size() > 1 && options.modalities.size() != options.images.size()) {
    throw usage_error("--modality",
                      fmt::format("{} for {} images", options.modalities.size(), options.images.size()),
                      "give it once for all images, or once per image");
  }
  std::vector<reference::SliceImage> images;
  Json facts = Json::array();
  for (size_t i = 0; i < options.images.size(); ++i) {
    const std::string modality = options.modalities.empty()       ? ""
                                 : options.modalities.size() == 1 ? options.modalities[0]
                                                                  : options.modalities[i];
    Picture picture = read_picture(options.images[i], modality, options.plane);
    images.push_back(std::move(picture.image));
    facts.push_back(std::move(picture.facts));
  }
  const auto model = ReferenceModel::load(spec.folder, spec.options);
  const std::string answer = model->ask(images, options.prompt, options.seed);
  if (options.json) {
    print_result(Json{{"answer", answer},
                      {"prompt", options.prompt},
                      {"images", facts},
                      {"seed", options.seed},
                      {"weights_sha256", model->info().weights_sha256},
                      {"settings", to_json(spec.preset)}});
  } else {
    print_result(answer);
  }
  return ExitCode::kOk;
}
#else
ExitCode ask(const Options&) {
  throw usage_error("ask", "this program was built without LibTorch",
                    "configure with -DSYNERBENCH_WITH_TORCH=ON");
}
#endif

}  // namespace

Verb verb_ask() {
  return {
      "ask", "The reference model", "Show images to the reference model and ask it something",
      "  synerbench ask --model reference:runs/tiny-model,max_tokens=20 --prompt 'Which modality is this "
      "image?' \\\n"
      "      --image runs/demo/phantom/synthrad2023/Task1/brain/1BA001/mr.nii.gz\n"
      "  synerbench ask --model reference:weights --image mr.nii.gz#40 --image ct.nii.gz#40 --modality MRI "
      "--modality CT \\\n"
      "      --prompt 'Do both images show the same slice?'",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        command
            .add_option("--model", options->model,
                        "reference:FOLDER[,setting=value ...]; synerbench models lists the settings")
            ->required();
        command
            .add_option(
                "--image", options->images,
                "Volume (.nii, .nii.gz, .mha), with #SLICE for another slice than the middle one; may "
                "be given several times")
            ->allow_extra_args(false);
        command.add_option("--prompt", options->prompt, "The question; it follows the images")->required();
        command
            .add_option("--modality", options->modalities,
                        "Sets the intensity window: once for all images, or once per image (default: HU when "
                        "values lie below -200, else as MR)")
            ->allow_extra_args(false);
        command.add_option("--plane", options->plane, "axial or coronal")
            ->check(CLI::IsMember({"axial", "coronal"}))
            ->capture_default_str();
        command.add_option("--seed", options->seed, "Matters when the temperature is above 0")
            ->capture_default_str();
        command.add_option("--device", options->device, "cpu, cuda, cuda:N")->capture_default_str();
        command.add_flag("--json", options->json, "Answer, images, windows and settings as JSON");
        return [options] { return ask(*options); };
      }};
}

}  // namespace synerbench
