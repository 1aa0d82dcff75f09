// synerbench synth: a model applied to one volume file.
#include <fmt/format.h>

#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "harness/core/apart.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/data/dicom_writer.h"
#include "harness/data/tree.h"
#include "harness/data/volume_io.h"
#include "harness/data/zip.h"
#include "harness/run/model_spec.h"
#include "harness/run/synth.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

struct Options {
  std::string model, task, mask, canvas, plane, device = "cpu";
  std::vector<std::string> sources, files;
  uint64_t seed = 1;
  int64_t batch = 8;
  bool accept_odd = false;
};

/// The source files and the output, whichever way they were given.
std::pair<std::vector<std::string>, std::string> files_of(const Options& options) {
  std::vector<std::string> sources = options.sources;
  sources.insert(sources.end(), options.files.begin(), options.files.end() - 1);
  if (sources.empty())
    throw usage_error("synth", "no source volume", "give it before the output, or several with --source");
  return {sources, options.files.back()};
}

/// A folder of slices, where the output's name has no ending. Patient, study and frame are those of the first
/// source.
void write_series(const std::string& out, const Volume& volume, const Task& task, const Options& options,
                  const std::string& source) {
  const FolderOrZip folder(source);
  std::unique_ptr<DicomSeries> series;
  if (is_dicom_place(source))
    series = std::make_unique<DicomSeries>(read_dicom_series(folder.path(), source));
  write_dicom_series(out, volume,
                     {task.target, fmt::format("synthetic {} ({})", name_of(task.target), options.model),
                      fmt::format("{}: {} from {}, by SynerBench{}", options.model, name_of(task.target),
                                  task.sources_text(),
                                  has_physical_unit(task.target) ? "" : fmt::format("; {}", kNoScaleNote)),
                      series.get()});
}

bool is_series(const std::string& out) { return std::filesystem::path(out).extension().empty(); }

/// Before a model works for minutes: can the output be what its name says, and is it none of what is read?
void check_output(const std::string& out, const std::vector<std::string>& files, const Options& options) {
  std::vector<ReadFrom> inputs{{options.mask, "the mask", true}};
  for (const std::string& file : files) inputs.push_back({file, "the source", true});
  require_apart(out, inputs);
  if (is_series(out)) return require_free_for_series(out);
  if (image_ending(std::filesystem::path(out).filename().string()).empty()) {
    throw usage_error(out, "the name does not end in .nii, .nii.gz or .mha",
                      "name the kind of file, or leave the ending away for a DICOM series");
  }
  require_writable(out);
}

ExitCode synth(const Options& options) {
  const Task task = parse_task(options.task, "--task");
  const auto [files, out] = files_of(options);
  check_output(out, files, options);
  std::vector<Volume> sources;
  for (const std::string& file : files) sources.push_back(read_volume(file));
  std::unique_ptr<Volume> mask;
  if (!options.mask.empty()) {
    mask = std::make_unique<Volume>(read_volume(options.mask));
    if (!same_grid(mask->geometry, sources.front().geometry)) {
      throw input_error(options.mask,
                        fmt::format("its grid is not the source's: {} against {}", describe(mask->geometry),
                                    describe(sources.front().geometry)),
                        "resample the mask onto the source's grid");
    }
  }
  const auto model = make_model(parse_model_spec(options.model), methods(), options.device);
  SynthOptions wanted{files.front(), {}, options.batch, options.seed, options.plane, options.accept_odd};
  if (!options.canvas.empty()) wanted.canvas = parse_canvas(options.canvas);
  const SynthResult result = synthesize_volume(*model, task, sources, mask.get(), wanted);
  for (const std::string& remark : result.remarks) say("note", remark);
  const bool no_scale = !has_physical_unit(task.target);
  if (is_series(out)) {
    write_series(out, result.volume, task, options, files.front());
  } else {
    write_volume(out, result.volume, PixelType::kFloat32, no_scale ? kNoScaleNote : "");
  }
  if (no_scale) {
    say("note",
        fmt::format("{} has no unit and no reference gives a scale: values are 0 .. 1000 over the model's "
                    "range, not to be scored (run --keep-predictions writes what can be)",
                    name_of(task.target)));
  }
  say("done", fmt::format("{}: {} in {}, grid of {}, canvas {}", out, name_of(task.target), result.unit,
                          files.front(), to_text(result.canvas)));
  return ExitCode::kOk;
}

}  // namespace

Verb verb_synth() {
  return {
      "synth", "Compare my model",
      "Apply a model to one volume file; writes one on the source's grid in the target's unit",
      "  synerbench synth --model pix2pix:runs/demo/weights/pix2pix --task brain-mr-to-ct "
      "\\\n"
      "      runs/demo/phantom/synthrad2023/Task1/brain/1BA001/mr.nii.gz out.nii.gz\n"
      "  synerbench synth --model pix2pix:weights --task pelvis-cbct-to-ct --mask mask.mha cbct.mha ct.mha",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        command.add_option("--model", options->model, "Model, as for run: pix2pix:FOLDER")->required();
        command.add_option("--task", options->task, "What the source is and what is wanted: brain-mr-to-ct")
            ->required();
        command.add_option("--mask", options->mask,
                           "Body mask on the source's grid; sets the MR intensity range");
        command.add_option(
            "--canvas", options->canvas,
            "SIZE:pad or SIZE:scale (default: the weights' own, 256:pad where they name none)");
        command
            .add_option("--plane", options->plane, "axial or coronal (default: coronal for whole-body tasks)")
            ->check(CLI::IsMember({"axial", "coronal"}));
        command.add_flag("--accept-odd", options->accept_odd,
                         "Take sources whose values their modality cannot have");
        command.add_option("--seed", options->seed, "Seed of stochastic models")->capture_default_str();
        command.add_option("--batch", options->batch, "Slices per call of the model")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_option("--device", options->device, "cpu, cuda, cuda:N")->capture_default_str();
        command
            .add_option("--source", options->sources,
                        "Source volume of a task with several; once for each, in the task's order")
            ->allow_extra_args(false);
        command
            .add_option(
                "files", options->files,
                "Source volume (unless --source is given) and volume to write: .nii, .nii.gz, .mha, or a "
                "DICOM "
                "series: a folder (read and written; a name without an ending) or a zip of one (read)")
            ->required()
            ->expected(1, 2);
        return [options] { return synth(*options); };
      }};
}

}  // namespace synerbench
