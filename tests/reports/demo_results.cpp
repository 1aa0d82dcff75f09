#include "tests/reports/demo_results.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "harness/core/random.h"
#include "harness/core/safetensors.h"

namespace synerbench {
namespace {

struct DemoModel {
  const char *key, *label;
  bool trivial;
  int64_t parameters;
  int evaluations;
  double skill;    // added to a task's base SSIM
  double seconds;  // per slice
};

const DemoModel kModels[] = {
    {"identity", "Identity", true, 0, 1, -0.16, 0.00004},
    {"mean", "Mean image", true, 0, 1, -0.09, 0.00002},
    {"line", "Straight line", true, 0, 1, -0.07, 0.00009},
    {"cyclegan", "CycleGAN", false, 11378179, 1, -0.04, 0.021},
    {"pix2pix", "Pix2Pix", false, 54409603, 1, 0.0, 0.014},
    {"resvit", "ResViT", false, 123449473, 1, 0.035, 0.062},
    {"syndiff", "SynDiff", false, 39754501, 4, 0.042, 0.183},
};

struct DemoTask {
  const char *id, *region, *source, *target, *group;
};

const DemoTask kTasks[] = {
    {"brain-cbct-to-ct", "brain", "CBCT", "CT", "synthrad2023+autopet"},
    {"brain-ct-to-cbct", "brain", "CT", "CBCT", "synthrad2023+autopet"},
    {"brain-mr-to-ct", "brain", "MRI", "CT", "synthrad2023+autopet"},
    {"brain-ct-to-mr", "brain", "CT", "MRI", "synthrad2023+autopet"},
    {"pelvis-cbct-to-ct", "pelvis", "CBCT", "CT", "synthrad2023+autopet"},
    {"pelvis-ct-to-cbct", "pelvis", "CT", "CBCT", "synthrad2023+autopet"},
    {"pelvis-mr-to-ct", "pelvis", "MRI", "CT", "synthrad2023+autopet"},
    {"pelvis-ct-to-mr", "pelvis", "CT", "MRI", "synthrad2023+autopet"},
    {"wb-ct-to-pet", "wb", "CT", "PET", "synthrad2023+autopet"},
    {"wb-pet-to-ct", "wb", "PET", "CT", "synthrad2023+autopet"},
    {"brats-t1-to-t1c", "brats", "T1", "T1c", "brats"},
    {"brats-t1-to-t2", "brats", "T1", "T2", "brats"},
    {"brats-t1-to-flair", "brats", "T1", "FLAIR", "brats"},
    {"brats-t1c-to-t1", "brats", "T1c", "T1", "brats"},
    {"brats-t1c-to-t2", "brats", "T1c", "T2", "brats"},
    {"brats-t1c-to-flair", "brats", "T1c", "FLAIR", "brats"},
    {"brats-t2-to-t1", "brats", "T2", "T1", "brats"},
    {"brats-t2-to-t1c", "brats", "T2", "T1c", "brats"},
    {"brats-t2-to-flair", "brats", "T2", "FLAIR", "brats"},
    {"brats-flair-to-t1", "brats", "FLAIR", "T1", "brats"},
    {"brats-flair-to-t1c", "brats", "FLAIR", "T1c", "brats"},
    {"brats-flair-to-t2", "brats", "FLAIR", "T2", "brats"},
};

std::string unit_of_target(const std::string& modality) {
  return modality == "CT" || modality == "CBCT" ? "HU" : modality == "PET" ? "SUV" : "a.u.";
}

TaskRecord task_record(const DemoTask& task, int64_t cases) {
  TaskRecord record{task.id, task.region, task.source, task.target, task.group, unit_of_target(task.target),
                    0,       0,           cases};
  if (record.target_unit == "HU") record.target_low = -1000, record.target_high = 2000;
  if (record.target_unit == "SUV") record.target_high = 20;
  return record;
}

void add_measure(CaseRecord& record, const std::string& protocol, const std::string& metric, double value,
                 int64_t count) {
  record.measures.push_back({protocol, metric, value, "", count, 0});
}

CaseRecord scored_case(const DemoTask& task, const DemoModel& model, const std::string& patient,
                       double ssim) {
  CaseRecord record;
  record.task = task.id;
  record.model = model.key;
  record.scan = {"demo", patient, patient};
  record.group = task.region;
  record.slices = 24;
  record.panel_slice = 11;
  const double mae = 0.12 * (1 - ssim), psnr = -20 * std::log10(1.6 * mae);
  add_measure(record, "synermed-2d@1", "ssim", ssim, 24);
  add_measure(record, "synermed-2d@1", "psnr", psnr, 24);
  add_measure(record, "synermed-2d@1", "mae", mae, 24);
  add_measure(record, "synermed-2d@1", "mae_255", 255 * mae, 24);
  if (std::string(task.target) == "CT") {
    add_measure(record, "synthrad2023@1", "mae", 2400 * mae, 400000);
    add_measure(record, "synthrad2023@1", "psnr", psnr + 4, 400000);
    add_measure(record, "synthrad2023@1", "ssim", 0.5 + ssim / 2, 400000);
  }
  return record;
}

Json demo_identity(const std::vector<TaskRecord>& tasks) {
  Json identity = {
      {"kind", "run"},
      {"suite",
       {{"name", "demo"},
        {"title", "The 22 tasks, with invented numbers"},
        {"note", "These numbers are invented: they show what a report looks like and nothing else."},
        {"sha256", std::string(64, '1')}}}};
  identity["tasks"] = Json::array();
  for (const TaskRecord& task : tasks)
    identity["tasks"].push_back({{"id", task.id}, {"canvas", {{"size", 256}, {"fit", "scale"}}}});
  identity["split"] = "test";
  identity["min_foreground"] = 0.01;
  identity["protocols"] = {"synermed-2d@1", "synthrad2023@1"};
  identity["store"] = {{"sha256", std::string(64, '2')}};
  identity["seed"] = 1;
  identity["max_cases"] = 0;
  identity["models"] = Json::array();
  identity["builds"] = {{{"version", "0.1.0"}, {"commit", "0000000"}, {"dirty", false}}};
  return identity;
}

/// A head-like picture: ellipses, value in [0, 1]; `shift` deforms it.
std::vector<float> picture(int64_t height, int64_t width, double shift, double contrast) {
  std::vector<float> pixels(static_cast<size_t>(height * width));
  for (int64_t h = 0; h < height; ++h) {
    for (int64_t w = 0; w < width; ++w) {
      const double y = (static_cast<double>(h) / height - 0.5) * 2.2,
                   x = (static_cast<double>(w) / width - 0.5) * 2.5;
      const double skull = x * x * 1.25 + y * y;
      double v = 0;
      if (skull < 0.9) v = 0.75;
      if (skull < 0.76) v = 0.42 + 0.06 * contrast * std::sin(9 * x + shift) * std::cos(8 * y - shift);
      const double lx = std::abs(x) - 0.16, ly = y + 0.05;
      if (lx * lx * 30 + ly * ly * 6 < 0.35) v = 0.36 - 0.05 * contrast;
      const double tx = x - 0.3 - 0.03 * shift, ty = y - 0.3;
      if (tx * tx + ty * ty < 0.02) v += 0.15 * contrast;
      pixels[static_cast<size_t>(h * width + w)] = static_cast<float>(v);
    }
  }
  return pixels;
}

void write_demo_panel(const std::filesystem::path& folder, const CaseRecord& record, const TaskRecord& task) {
  const int64_t height = 160, width = 136;
  Random random(seed_from(record.task + "|" + record.model + "|" + record.scan.text()));
  const double ssim = record.measures.front().value.value_or(0.5);
  const double low = task.target_unit == "HU" ? -1000 : 0, high = task.target_unit == "HU"    ? 2000
                                                                  : task.target_unit == "SUV" ? 20
                                                                                              : 900;
  const double shift = static_cast<double>(seed_from(record.scan.patient) % 7) * 0.4;
  std::vector<float> source = picture(height, width, shift, -1), target = picture(height, width, shift, 1),
                     prediction = target;
  const std::vector<float> truth = target;
  for (size_t i = 0; i < target.size(); ++i) {
    const double blur = i > 2 && i + 2 < truth.size() ? (truth[i - 2] + truth[i + 2]) / 2 : truth[i];
    prediction[i] = static_cast<float>(
        blur + (1 - ssim) * (0.3 * random.normal() * (truth[i] > 0) + 0.2 * (truth[i] > 0.7 ? -1 : 0.2)));
    prediction[i] = static_cast<float>(low + (high - low) * std::clamp<double>(prediction[i], 0, 1));
    target[i] = static_cast<float>(low + (high - low) * truth[i]);
    source[i] = static_cast<float>(700 * source[i]);
  }
  std::vector<uint8_t> mask(target.size());
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = source[i] > 0;
  const std::vector<int64_t> shape{height, width};
  const auto bytes = [](const auto& v) { return std::as_bytes(std::span(v)); };
  write_safetensors(panel_path(folder, record),
                    {{"source", DType::kF32, shape, bytes(source)},
                     {"prediction", DType::kF32, shape, bytes(prediction)},
                     {"target", DType::kF32, shape, bytes(target)},
                     {"mask", DType::kU8, shape, bytes(mask)}},
                    {{"task", record.task},
                     {"model", record.model},
                     {"case", record.scan.text()},
                     {"slice", std::to_string(record.panel_slice)},
                     {"source_unit", "a.u."},
                     {"source_low", "0"},
                     {"source_high", "700"},
                     {"target_unit", task.target_unit},
                     {"target_low", fmt::format("{}", low)},
                     {"target_high", fmt::format("{}", high)},
                     {"row_spacing_mm", "1.0"},
                     {"column_spacing_mm", "1.0"}});
}

}  // namespace

Json demo_info(const std::string& name, const std::string& label, bool trivial, int64_t parameters,
               int evaluations) {
  return {{"name", name},
          {"label", label},
          {"trivial", trivial},
          {"deterministic", true},
          {"concurrent", true},
          {"parameters", parameters},
          {"network_evaluations", evaluations},
          {"weights_sha256", ""},
          {"switches", Json::object()},
          {"device", "cpu"}};
}

RunInput demo_run() {
  RunInput run;
  run.name = "demo";
  for (const DemoModel& model : kModels) {
    run.results.models.push_back(
        {model.key, demo_info(model.key, model.label, model.trivial, model.parameters, model.evaluations)});
  }
  for (const DemoTask& task : kTasks) {
    const size_t cases = std::string(task.region) == "brats" ? 8 : 5;
    run.results.tasks.push_back(task_record(task, static_cast<int64_t>(cases)));
    Random random(seed_from(task.id));
    const double base = 0.72 + 0.12 * random.uniform();
    std::vector<double> patients(cases);
    for (double& patient : patients) patient = 0.02 * random.normal();
    for (const DemoModel& model : kModels) {
      const double bias = model.trivial ? 0.02 * random.normal() : 0.012 * random.normal();
      if (std::string(model.key) == "syndiff" && std::string(task.region) == "wb") continue;  // not run there
      for (size_t i = 0; i < patients.size(); ++i) {
        const std::string patient = fmt::format("{}-{:03}", task.region, i + 1);
        CaseRecord record = scored_case(task, model, patient,
                                        base + model.skill + bias + patients[i] + 0.006 * random.normal());
        if (std::string(model.key) == "cyclegan" && std::string(task.id).find("pelvis-c") == 0 && i == 3) {
          record.status = CaseStatus::kFailed;
          record.reason = "3 of 24 slices failed; slice 8: a value is not finite";
          record.measures.clear();
          record.panel_slice = -1;
        }
        run.results.cases.push_back(std::move(record));
      }
      run.timing.push_back({model.key, task.id, "cpu", model.seconds * 120, 120, 2});
    }
  }
  run.results.identity = demo_identity(run.results.tasks);
  return run;
}

RunInput wide_run(int seeds) {
  static const char* const kLabels[] = {"CycleGAN",
                                        "Pix2Pix",
                                        "ResViT",
                                        "SynDiff",
                                        "BBDM",
                                        "Flow U-Net",
                                        "HealthGPT",
                                        "SynerMedGen",
                                        "AttentionGAN",
                                        "UNSB",
                                        "MUNIT",
                                        "RegGAN",
                                        "SelfRDB",
                                        "I2I-Mamba",
                                        "PTNet",
                                        "UVCGAN v2",
                                        "A method with a long name"};
  static const char* const kKeys[] = {"cyclegan",  "pix2pix",   "resvit",      "syndiff",      "bbdm",
                                      "flow_unet", "healthgpt", "synermedgen", "attentiongan", "unsb",
                                      "munit",     "reggan",    "selfrdb",     "i2i_mamba",    "ptnet",
                                      "uvcgan2",   "long"};
  RunInput run;
  run.name = "wide";
  struct Entry {
    std::string key;
    double skill = 0, seconds = 0;
    bool trivial = false;
  };
  std::vector<Entry> entries;
  for (const DemoModel& model : kModels) {
    if (!model.trivial) continue;
    run.results.models.push_back({model.key, demo_info(model.key, model.label, true)});
    entries.push_back({model.key, model.skill, model.seconds, true});
  }
  for (size_t method = 0; method < std::size(kLabels); ++method) {
    for (int seed = 1; seed <= seeds; ++seed) {
      Json info = demo_info(kKeys[method], kLabels[method], false,
                            1000000 * static_cast<int64_t>(3 + 5 * method), method % 4 == 3 ? 4 : 1);
      info["switches"] = {{"training",
                           {{"covers", "task"},
                            {"pairing", "paired"},
                            {"augmentation", "none"},
                            {"batch", 4},
                            {"budget", {{"kind", "updates"}, {"value", 1000}}},
                            {"updates", 1000},
                            {"slices", 4000},
                            {"seed", seed}}}};
      const std::string key = fmt::format("{}-s{}", kKeys[method], seed);
      run.results.models.push_back({key, info});
      Random random(seed_from(key));
      // Several methods lie close together: what separates labels has to do so there.
      entries.push_back({key, -0.06 + 0.011 * static_cast<double>(method / 2 * 2) + 0.004 * random.normal(),
                         0.012 * (1 + static_cast<double>(method * 7 % 5)) * (1 + 0.02 * random.normal()),
                         false});
    }
  }
  for (const DemoTask& task : kTasks) {
    const size_t cases = std::string(task.region) == "brats" ? 8 : 6;
    run.results.tasks.push_back(task_record(task, static_cast<int64_t>(cases)));
    Random random(seed_from(task.id));
    const double base = 0.72 + 0.12 * random.uniform();
    std::vector<double> patients(cases);
    for (double& patient : patients) patient = 0.02 * random.normal();
    for (const Entry& entry : entries) {
      const DemoModel model{entry.key.c_str(), "", entry.trivial, 0, 1, entry.skill, entry.seconds};
      const double bias = 0.012 * random.normal();
      for (size_t i = 0; i < patients.size(); ++i) {
        run.results.cases.push_back(
            scored_case(task, model, fmt::format("{}-{:03}", task.region, i + 1),
                        std::min(0.97, base + entry.skill + bias + patients[i] + 0.006 * random.normal())));
      }
      run.timing.push_back({entry.key, task.id, "cpu", entry.seconds * 120, 120, 2});
    }
  }
  run.results.identity = demo_identity(run.results.tasks);
  return run;
}

void add_case(Results& results, const std::string& task, const std::string& model, const std::string& patient,
              double value, const std::string& metric, const std::string& protocol) {
  for (CaseRecord& known : results.cases) {
    if (known.task != task || known.model != model || known.scan.patient != patient) continue;
    known.measures.push_back({protocol, metric, value, "", 10, 0});
    return;
  }
  CaseRecord record;
  record.task = task;
  record.model = model;
  record.scan = {"set", patient, patient};
  record.slices = 10;
  record.measures.push_back({protocol, metric, value, "", 10, 0});
  results.cases.push_back(std::move(record));
}

RunInput small_run() {
  RunInput run;
  run.name = "small & <b>";
  Results& r = run.results;
  r.tasks = {{"brain-mr-to-ct", "brain", "MRI", "CT", "synthrad2023+autopet", "HU", -1000, 2000, 3},
             {"wb-ct-to-pet", "wb", "CT", "PET", "synthrad2023+autopet", "SUV", 0, 20, 1},
             {"brats-t1-to-t2", "brats", "T1", "T2", "brats", "a.u.", 0, 0, 3}};
  const std::string hostile = "resvit:runs/a|b,\"<script>\",tag=$x_{1}^2%&#~\\`id`";
  r.models = {{"mean", demo_info("mean", "Mean image", true)},
              {"identity", demo_info("identity", "Identity", true)},
              {"pix2pix", demo_info("pix2pix", "Pix2Pix", false, 54409603)},
              {hostile, demo_info("resvit", hostile, false, 123449473, 2)}};
  const auto add = [&](const char* task, const std::string& model, std::initializer_list<double> ssim) {
    int patient = 1;
    for (const double value : ssim) {
      const std::string id = fmt::format("p{}", patient++);
      add_case(r, task, model, id, value);
      add_case(r, task, model, id, 40 - 30 * (1 - value), "psnr");
      add_case(r, task, model, id, (1 - value) / 8, "mae");
      if (std::string(task) == "brain-mr-to-ct")
        add_case(r, task, model, id, 300 * (1 - value), "mae", "synthrad2023@1");
    }
  };
  add("brain-mr-to-ct", "mean", {0.70, 0.72, 0.68});
  add("brain-mr-to-ct", "identity", {0.60, 0.61, 0.59});
  add("brain-mr-to-ct", "pix2pix", {0.82, 0.80, 0.85});
  add("brain-mr-to-ct", hostile, {0.86, 0.84, 0.90});
  add("wb-ct-to-pet", "mean", {0.75});
  add("wb-ct-to-pet", "identity", {0.75});  // a tie
  add("wb-ct-to-pet", "pix2pix", {0.81});
  add("wb-ct-to-pet", hostile, {0.79});
  add("brats-t1-to-t2", "mean", {0.66, 0.64, 0.65});
  add("brats-t1-to-t2", "identity", {0.67, 0.69, 0.71});
  add("brats-t1-to-t2", "pix2pix", {0.80, 0.78, 0.82});
  add("brats-t1-to-t2", hostile, {0.90, 0.91, 0.92});
  CaseRecord& failed = r.cases.back();  // the best model fails once: it is not ranked there
  failed.status = CaseStatus::kFailed;
  failed.reason = "out of memory, \"half\" done | <i>";
  failed.measures.clear();
  for (CaseRecord& record : r.cases) {
    if (record.task != "brain-mr-to-ct" || record.model != "identity" || record.scan.patient != "p1")
      continue;
    record.measures[1] = {"synermed-2d@1", "psnr", std::nullopt, "too-small", 0, 10};
  }
  for (const ModelRecord& model : r.models) {
    for (const TaskRecord& task : r.tasks)
      run.timing.push_back({model.key, task.id, "cpu", model.key == "mean" ? 0.003 : 2.5, 30, 2});
  }
  r.identity = demo_identity(r.tasks);
  return run;
}

void write_run_folder(const std::filesystem::path& folder, const RunInput& run, bool with_panels) {
  write_json(folder / "results.json", to_json(run.results));
  Json timing = {{"schema", "synerbench/timing"}, {"schema_version", 1}, {"items", Json::array()}};
  for (const Timing& t : run.timing) {
    timing["items"].push_back({{"model", t.model},
                               {"task", t.task},
                               {"case", "all"},
                               {"device", t.device},
                               {"seconds", t.seconds},
                               {"slices", t.slices},
                               {"threads", t.threads}});
  }
  write_json(folder / "timing.json", timing);
  if (!with_panels) return;
  for (const CaseRecord& record : run.results.cases) {
    if (record.panel_slice < 0) continue;
    for (const TaskRecord& task : run.results.tasks) {
      if (task.id == record.task) write_demo_panel(folder, record, task);
    }
  }
}

}  // namespace synerbench
