// synerbench ask: images and a question to the reference model, its answer on stdout.
#include "app/reference_model.h"
#include "app/verb.h"
#include "harness/core/progress.h"
#include "harness/data/view.h"
#include "harness/data/volume_io.h"

namespace synerbench {
namespace {

struct Options {
  std::string model, prompt, plane = "axial", device = "cpu";
  std::vector<std::string> images, modalities;
  uint64_t seed = 1;
  bool json = false;
};

ExitCode ask(const Options& options) {
#ifdef SYNERBENCH_WITH_TORCH
  const ReferenceSpec spec = parse_reference(options.model, options.device);
  const auto modalities = modality_of_each(options.modalities, options.images.size(), "--modality");
  std::vector<reference::SliceImage> images;
  Json facts = Json::array();
  for (size_t i = 0; i < options.images.size(); ++i) {
    const SliceOfFile wanted = parse_slice_of_file(options.images[i], "--image");
    const SliceView view =
        view_slice(to_canonical(read_volume(wanted.file)), wanted, modalities[i], options.plane, "--image");
    say("image", to_text(view, wanted.file));
    facts.push_back(to_json(view, wanted.file));
    images.push_back({view.height, view.width, view.pixels});
  }
  const auto model = ReferenceModel::load(spec.folder, spec.options);
  const std::string answer = model->ask(images, options.prompt, options.seed);
  options.json ? print_result(Json{{"answer", answer},
                                   {"prompt", options.prompt},
                                   {"images", facts},
                                   {"seed", options.seed},
                                   {"weights_sha256", model->info().weights_sha256},
                                   {"settings", to_json(spec.preset)}})
               : print_result(answer);
  return ExitCode::kOk;
#else
  (void)options;
  refuse_without_torch("ask");
#endif
}

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
