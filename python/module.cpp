// synerbench._core: the compiled part of the Python package. It hands NumPy's memory to the metrics and reads
// stores and runs; what a person calls, with its words and types, is Python and lies beside it in
// synerbench/.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "harness/data/model_space.h"
#include "harness/data/slice_store.h"
#include "harness/run/pair_source.h"
#include "harness/suite/suite.h"
#include "metrics/protocol.h"
#include "metrics/statistics.h"
#include "reports/formats/json.h"
#include "reports/numbers/gate.h"
#include "reports/numbers/named_baseline.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace synerbench {
namespace {

// An array is taken as it lies in memory: never converted and never copied on the way in.
using Image = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
using Mask = nb::ndarray<const uint8_t, nb::c_contig, nb::device::cpu>;
using Values = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using OutImage = nb::ndarray<float, nb::c_contig, nb::device::cpu>;
using OutMask = nb::ndarray<uint8_t, nb::c_contig, nb::device::cpu>;

// ---- errors

/// Our one exception becomes the Python class of its kind, with place, problem and hint.
void translate(const std::exception_ptr& problem, void*) {
  try {
    std::rethrow_exception(problem);
  } catch (const Error& error) {
    const char* kind = error.code() == ExitCode::kUsage         ? "UsageError"
                       : error.code() == ExitCode::kInterrupted ? "Interrupted"
                                                                : "InputError";
    const nb::object type = nb::module_::import_("synerbench._errors").attr(kind);
    const nb::object value = type(error.place(), error.problem(), error.hint());
    PyErr_SetObject(type.ptr(), value.ptr());
  }
}

// ---- protocols

const Protocol& protocol_of(const std::string& id) {
  const Protocol* protocol = builtin_protocols().find(id);
  if (!protocol)
    throw usage_error("protocol", "unknown protocol \"" + id + "\"",
                      did_you_mean(id, builtin_protocols().ids()));
  return *protocol;
}

template <class View, class Array>
View view_of(const Array& array) {
  View view;
  view.data = array.data();
  const size_t axes = array.ndim();
  view.depth = axes == 3 ? static_cast<int64_t>(array.shape(0)) : 1;
  view.height = static_cast<int64_t>(array.shape(axes - 2));
  view.width = static_cast<int64_t>(array.shape(axes - 1));
  return view;
}

using ScoreTuple = std::pair<std::optional<double>, std::optional<std::string>>;

std::vector<ScoreTuple> compare_arrays(const std::string& id, const Image& prediction, const Image& target,
                                       const std::optional<Mask>& mask) {
  const Protocol& protocol = protocol_of(id);
  const auto axes = static_cast<size_t>(protocol.info.dimensions);
  if (prediction.ndim() != axes || target.ndim() != axes || (mask && mask->ndim() != axes))
    throw usage_error(id, "arrays of " + std::to_string(axes) + " axes are wanted");
  const auto seen = view_of<ImageView>(prediction);
  const auto wanted = view_of<ImageView>(target);
  const MaskView inside = mask ? view_of<MaskView>(*mask) : MaskView{};
  std::vector<Score> scores;
  {
    const nb::gil_scoped_release released;
    scores = compare(protocol, seen, wanted, inside);
  }
  std::vector<ScoreTuple> result;
  for (const Score& score : scores) {
    if (score.defined()) {
      result.emplace_back(score.value(), std::nullopt);
    } else {
      result.emplace_back(std::nullopt, name_of(score.reason()));
    }
  }
  return result;
}

/// Everything a person may want to know of the protocols, as JSON: no field of it is written again in Python.
std::string protocols_json() {
  Json list = Json::array();
  const auto bound = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const ProtocolInfo& info = protocol.info;
    Json metrics = Json::array();
    for (const MetricInfo& metric : info.metrics) {
      metrics.push_back({{"name", metric.name},
                         {"label", metric.label},
                         {"unit", metric.unit},
                         {"decimals", metric.decimals},
                         {"higher_is_better", metric.direction == Direction::kHigherIsBetter},
                         {"lower", bound(metric.lower)},
                         {"upper", bound(metric.upper)},
                         {"description", metric.description}});
    }
    list.push_back({{"id", info.id},
                    {"dimensions", info.dimensions},
                    {"needs_mask", info.needs_mask},
                    {"values", info.values.text()},
                    {"source", info.source},
                    {"description", info.description},
                    {"metrics", metrics}});
  }
  return to_text(list, -1);
}

// ---- statistics

std::span<const double> span_of(const Values& values) { return {values.data(), values.shape(0)}; }

BootstrapOptions bootstrap_of(int replicates, double confidence, uint64_t seed) {
  // A notebook's Ctrl-C stops the drawing.
  const auto meanwhile = [] {
    const nb::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  };
  return {replicates, confidence, seed, meanwhile};
}

Alternative alternative_of(const std::string& name) {
  if (name == "two-sided") return Alternative::kTwoSided;
  if (name == "greater") return Alternative::kGreater;
  if (name == "less") return Alternative::kLess;
  throw usage_error("alternative", "unknown alternative \"" + name + "\"",
                    did_you_mean(name, {"two-sided", "greater", "less"}));
}

void add_statistics(nb::module_& m) {
  m.def("mean", [](const Values& v) { return mean(span_of(v)); });
  m.def("standard_deviation", [](const Values& v, int ddof) { return standard_deviation(span_of(v), ddof); });
  m.def("quantile", [](const Values& v, double share) { return quantile(span_of(v), share); });
  m.def("patient_means", [](const Values& v, const std::vector<std::string>& patients) {
    return patient_means(span_of(v), patients);
  });
  m.def("bootstrap_mean", [](const Values& v, int replicates, double confidence, uint64_t seed) {
    const auto interval = bootstrap_mean(span_of(v), bootstrap_of(replicates, confidence, seed));
    return std::tuple(interval.estimate, interval.low, interval.high, interval.n, interval.replicates);
  });
  using Interval = std::tuple<double, double, double, int64_t, double, double>;
  m.def("mean_interval",
        [](const Values& v, int replicates, double confidence, uint64_t seed) -> std::optional<Interval> {
          const auto i = mean_interval(span_of(v), bootstrap_of(replicates, confidence, seed));
          if (!i) return std::nullopt;
          return Interval(i->estimate, i->low, i->high, i->n, i->standard_error, i->degrees_of_freedom);
        });
  m.def("sign_permutation_test",
        [](const Values& v, const std::string& alternative, int replicates, uint64_t seed) {
          const SignTest test = sign_permutation_test(span_of(v), alternative_of(alternative),
                                                      bootstrap_of(replicates, 0.95, seed));
          return std::tuple(test.p, test.exact);
        });
  m.def("differences_without_noise",
        [](const Values& a, const Values& b) { return differences_without_noise(span_of(a), span_of(b)); });
  m.def("rank_biserial", [](const Values& v) { return rank_biserial(span_of(v)); });
  m.def("power_of_t", &power_of_t);
  m.def("detectable_effect", &detectable_effect);
  m.def("equivalence_p", &equivalence_p);
  m.def("wilcoxon_signed_rank", [](const Values& v, const std::string& zeros, const std::string& alternative,
                                   const std::string& null, bool correction, int decimals) {
    WilcoxonOptions options;
    const auto choice = [](const char* what, const std::string& name, const std::vector<std::string>& known) {
      for (size_t i = 0; i < known.size(); ++i) {
        if (known[i] == name) return i;
      }
      throw usage_error(what, "unknown word \"" + name + "\"", did_you_mean(name, known));
    };
    options.zeros = static_cast<ZeroRule>(choice("zeros", zeros, {"wilcox", "pratt", "zsplit"}));
    options.alternative = alternative_of(alternative);
    options.null_distribution =
        static_cast<NullDistribution>(choice("null_distribution", null, {"auto", "exact", "normal"}));
    options.continuity_correction = correction;
    options.round_decimals = decimals;
    const WilcoxonResult r = wilcoxon_signed_rank(span_of(v), options);
    return std::tuple(r.w_plus, r.w_minus, r.statistic, r.p, r.exact, r.ranked, r.zeros, r.ties);
  });
  using TTest = std::tuple<double, int64_t, double>;
  m.def("paired_t", [](const Values& a, const Values& b) -> std::optional<TTest> {
    const auto t = paired_t(span_of(a), span_of(b));
    if (!t) return std::nullopt;
    return TTest(t->t, t->degrees_of_freedom, t->p);
  });
  m.def("bonferroni", [](const Values& p) { return bonferroni(span_of(p)); });
  m.def("holm", [](const Values& p) { return holm(span_of(p)); });
  m.def("benjamini_hochberg", [](const Values& p) { return benjamini_hochberg(span_of(p)); });
}

// ---- stores

/// A store, and what is read of it. Kept alive by the sets of pairs that are made from it.
class OpenStore {
 public:
  explicit OpenStore(const std::string& folder) : store_(std::make_shared<SliceStore>(folder)) {}

  std::shared_ptr<const SliceStore> store() const { return store_; }
  std::string sha256() const { return store_->sha256(); }

  std::string cases_json() const {
    Json list = Json::array();
    for (const StoredCase& c : store_->cases()) {
      Json volumes = Json::object();
      for (const StoredVolume& v : c.volumes)
        volumes[name_of(v.modality)] = {
            {"unit", unit_of(v.modality)}, {"low", v.intensity.low}, {"high", v.intensity.high}};
      list.push_back({{"id", c.id.text()},
                      {"patient", c.id.patient},
                      {"region", c.region},
                      {"group", c.group},
                      {"split", name_of(c.split)},
                      {"plane", c.plane},
                      {"shape", c.shape},
                      {"spacing_mm", c.spacing},
                      {"volumes", volumes}});
    }
    return to_text(list, -1);
  }
  std::array<int64_t, 3> shape(const std::string& id) const { return store_->find(id).shape; }
  void read_volume(const std::string& id, const std::string& modality, const OutImage& out) const {
    const StoredCase& stored_case = store_->find(id);
    const Modality wanted = parse_modality(modality, id);
    if (!stored_case.find(wanted)) {
      std::vector<std::string> known;
      for (const StoredVolume& volume : stored_case.volumes) known.push_back(name_of(volume.modality));
      throw usage_error(id, "has no " + modality, did_you_mean(modality, known));
    }
    const nb::gil_scoped_release released;
    store_->volume(stored_case, wanted).read(0, stored_case.shape[0], {out.data(), out.size()});
  }
  void read_mask(const std::string& id, const OutMask& out) const {
    const nb::gil_scoped_release released;
    const std::vector<uint8_t> mask = store_->mask(store_->find(id));
    std::copy(mask.begin(), mask.end(), out.data());
  }

 private:
  std::shared_ptr<const SliceStore> store_;
};

/// The pairs of slices that run fits a model on and train learns from: one set for both.
class OpenPairs {
 public:
  OpenPairs(const OpenStore& store, const std::string& suite_name, const std::string& task_id,
            const std::string& split, const std::string& canvas, int64_t neighbors,
            std::optional<double> min_foreground, int64_t cache_bytes)
      : store_(store.store()) {
    const Suite suite = load_suite(suite_name);
    const SuiteTask* found = nullptr;
    std::vector<std::string> ids;
    for (const SuiteTask& task : suite.tasks) {
      ids.push_back(task.task.id);
      if (task.task.id == task_id) found = &task;
    }
    if (!found) throw usage_error(suite_name, "has no task \"" + task_id + "\"", did_you_mean(task_id, ids));
    task_ = found->task;
    canvas_ = canvas.empty() ? found->canvas : parse_canvas(canvas);
    StorePairsOptions options;
    options.min_foreground = min_foreground.value_or(suite.min_foreground);
    options.cache_bytes = cache_bytes;
    options.input = {ModelInput::kAnySources, neighbors};
    const nb::gil_scoped_release released;
    pairs_ = std::make_unique<StorePairs>(*store_, task_, parse_split(split, "split"), canvas_, options);
  }

  int64_t size() const { return pairs_->size(); }
  std::array<int64_t, 4> source_shape() const {
    return {pairs_->sources(), pairs_->depth(), pairs_->height(), pairs_->width()};
  }
  std::string canvas() const { return to_text(canvas_); }
  std::vector<std::string> sources() const {
    std::vector<std::string> names;
    for (const Modality source : task_.sources()) names.push_back(name_of(source));
    return names;
  }
  std::string target() const { return name_of(task_.target); }
  void read(int64_t index, const OutImage& source, const OutImage& target, const OutMask& mask) const {
    const nb::gil_scoped_release released;
    pairs_->read(index, {source.data(), source.size()}, {target.data(), target.size()},
                 {mask.data(), mask.size()});
  }
  std::tuple<std::string, std::string, int64_t> key(int64_t index) const {
    const SliceKey key = pairs_->key(index);
    return {key.scan.text(), key.scan.patient, key.slice};
  }

 private:
  std::shared_ptr<const SliceStore> store_;
  Task task_;
  Canvas canvas_;
  std::unique_ptr<StorePairs> pairs_;
};

void add_stores(nb::module_& m) {
  nb::class_<OpenStore>(m, "OpenStore")
      .def(nb::init<const std::string&>())
      .def("sha256", &OpenStore::sha256)
      .def("cases_json", &OpenStore::cases_json)
      .def("shape",
           [](const OpenStore& store, const std::string& id) {
             const auto [d, h, w] = store.shape(id);
             return std::tuple(d, h, w);
           })
      .def("read_volume", &OpenStore::read_volume)
      .def("read_mask", &OpenStore::read_mask);
  nb::class_<OpenPairs>(m, "OpenPairs")
      .def(nb::init<const OpenStore&, const std::string&, const std::string&, const std::string&,
                    const std::string&, int64_t, std::optional<double>, int64_t>(),
           nb::arg("store"), nb::arg("suite"), nb::arg("task"), nb::arg("split"), nb::arg("canvas"),
           nb::arg("neighbors"), nb::arg("min_foreground").none(), nb::arg("cache_bytes"))
      .def("size", &OpenPairs::size)
      .def("source_shape",
           [](const OpenPairs& pairs) {
             const auto [s, d, h, w] = pairs.source_shape();
             return std::tuple(s, d, h, w);
           })
      .def("canvas", &OpenPairs::canvas)
      .def("sources", &OpenPairs::sources)
      .def("target", &OpenPairs::target)
      .def("read", &OpenPairs::read)
      .def("key", &OpenPairs::key);
}

// ---- runs

CompareOptions options_of(const std::vector<std::string>& tasks, const std::vector<std::string>& metrics,
                          const std::string& baseline_model, const std::string& candidate_model) {
  CompareOptions options;
  options.tasks = tasks;
  options.metrics = metrics;
  options.baseline_model = baseline_model;
  options.candidate_model = candidate_model;
  return options;
}

std::vector<Tolerance> tolerances_of(const std::vector<std::string>& texts, const char* what) {
  std::vector<Tolerance> list;
  for (const std::string& text : texts) list.push_back(parse_tolerance(text, what));
  return list;
}

void add_runs(nb::module_& m) {
  m.def("results_json", [](const std::string& run) {
    const nb::gil_scoped_release released;
    return to_text(to_json(read_results(run)), -1);
  });
  m.def("compare_runs_json",
        [](const std::string& baseline, const std::string& candidate, const std::vector<std::string>& tasks,
           const std::vector<std::string>& metrics, const std::string& baseline_model,
           const std::string& candidate_model, bool all_pairs, const std::vector<std::string>& margins,
           const std::string& baselines, int bootstrap) {
          CompareOptions options = options_of(tasks, metrics, baseline_model, candidate_model);
          options.all_pairs = all_pairs;
          options.margins = tolerances_of(margins, "margin");
          options.bootstrap.replicates = bootstrap;
          const nb::gil_scoped_release released;
          return to_text(
              to_json(compare_runs(read_run_or_baseline(baseline, baselines), read_run(candidate), options)),
              -1);
        });
  m.def("gate_json", [](const std::string& baseline, const std::string& candidate,
                        const std::vector<std::string>& tolerances, const std::vector<std::string>& limits,
                        const std::vector<std::string>& tasks, const std::vector<std::string>& metrics,
                        const std::string& baseline_model, const std::string& candidate_model,
                        bool accept_incomplete, const std::string& baselines) {
    GateOptions options;
    options.tolerances = tolerances_of(tolerances, "tolerance");
    options.interval_limits = tolerances_of(limits, "interval limit");
    options.accept_incomplete_baseline = accept_incomplete;
    options.compare = options_of(tasks, metrics, baseline_model, candidate_model);
    const nb::gil_scoped_release released;
    const GateVerdict verdict = gate(read_run_or_baseline(baseline, baselines), read_run(candidate), options);
    return std::pair(verdict.regression(), to_text(to_json(verdict), -1));
  });
}

}  // namespace
}  // namespace synerbench

NB_MODULE(_core, m) {
  using namespace synerbench;
  nb::register_exception_translator(translate);
  m.def("compare", &compare_arrays, "protocol"_a, "prediction"_a.noconvert(), "target"_a.noconvert(),
        "mask"_a.noconvert().none());
  m.def("protocols_json", &protocols_json);
  add_statistics(m);
  add_stores(m);
  add_runs(m);
}
