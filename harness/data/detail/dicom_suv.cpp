#include "harness/data/detail/dicom_suv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "harness/core/error.h"
#include "harness/data/detail/dicom_slice.h"
#include "harness/data/suv.h"

namespace synerbench::detail {
namespace {

/// Seconds since the year 0 of a date and a time as DICOM writes them: "20240131", "093015.25". Nothing when
/// they are no such texts.
std::optional<double> seconds_of(const std::string& date, const std::string& time) {
  const auto digits = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (date.size() != 8 || !digits(date) || time.size() < 4) return std::nullopt;
  const std::string whole = time.substr(0, std::min(time.find('.'), time.size()));
  if (!digits(whole) || (whole.size() != 4 && whole.size() != 6)) return std::nullopt;
  const int year = std::stoi(date.substr(0, 4)), month = std::stoi(date.substr(4, 2)),
            day = std::stoi(date.substr(6, 2));
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > kDays[month - 1] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
  // Days since the first of March of the year 0 (Gregorian).
  const int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
  const int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
  const int hour = std::stoi(whole.substr(0, 2)), minute = std::stoi(whole.substr(2, 2)),
            second = whole.size() == 6 ? std::stoi(whole.substr(4, 2)) : 0;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  double seconds = hour * 3600.0 + minute * 60.0 + second;
  if (time.size() > whole.size() + 1) {
    const std::string fraction = time.substr(whole.size() + 1);
    if (!digits(fraction) || fraction.size() > 9) return std::nullopt;
    seconds += std::stod("0." + fraction);
  }
  return static_cast<double>(days) * 86400 + seconds;
}

// "20240131093015.25+0100": date, then time; the zone counts for nothing, for all times of a series share it.
std::optional<double> seconds_of_moment(const std::string& text) {
  if (text.size() < 12) return std::nullopt;
  const std::string time = text.substr(8);
  return seconds_of(text.substr(0, 8), time.substr(0, time.find_first_of("+-")));
}

/// Note [SUV from a header] as the QIBA profile for FDG-PET has it, and as Philips, GE and Siemens write:
///   GML    the values are SUV by body weight already
///   BQML   activity in Bq/ml, decay-corrected to the begin of the scan (START) or to the injection (ADMIN)
///   CNTS   counts: Philips gives a factor to SUV, or one to Bq/ml
/// The begin of the scan is the series' time, unless that lies behind the first acquisition: then somebody
/// made the series later, and GE's own entry or the first acquisition counts.
class SuvFromHeader {
 public:
  SuvFromHeader(const std::vector<DicomSlice>& slices, std::string place)
      : slices_(slices), place_(std::move(place)) {}

  void convert(DicomSeries& series) const {
    check_alike();
    find_factor(series);
    double largest = 0;
    for (const DicomSlice& slice : slices_) largest = std::max(largest, largest_value(slice));
    if (!(series.factor > 0) ||
        !(largest * series.factor <= static_cast<double>(std::numeric_limits<float>::max())))
      throw wrong(fmt::format("the factor to SUV comes out as {:g}", series.factor),
                  "weight, dose, half-life or a factor in the header is wrong by orders of magnitude");
  }

 private:
  // One patient was injected once, and one unit holds for the whole series. Only the times of taking differ.
  void check_alike() const {
    const DicomSlice& first = slices_.front();
    for (const DicomSlice& slice : slices_) {
      for (const auto& [one, other] : {std::pair{&first, &slice}, {&slice, &first}}) {
        for (const auto& [name, value] : one->texts) {
          if (name == "AcquisitionDate" || name == "AcquisitionTime") continue;
          const auto found = other->texts.find(name);
          if (found != other->texts.end() && found->second == value) continue;
          throw wrong(fmt::format("{} and {} differ in {}", first.name, slice.name, name),
                      "a series has one unit and one injection; copy it again, or export it anew");
        }
      }
    }
  }

  void find_factor(DicomSeries& series) const {
    const std::string units = text("Units");
    if (const std::string type = text("SUVType"); !type.empty() && type != "BW")
      throw wrong(fmt::format("its SUV is by {}, not by body weight (BW)", type), "export it by body weight");
    if (units == "GML") {
      series.conversion = "SUV as stored (GML)";
      return;
    }
    if (units == "CNTS") return convert_counts(series);
    if (units != "BQML") {
      throw wrong(units.empty() ? "does not say its units" : fmt::format("its units are {}", units),
                  "BQML, GML, or CNTS with the factors of Philips are read");
    }
    series.factor = by_body_weight(series);
    series.conversion = fmt::format("SUV by body weight from BQML: x {:.9g}", series.factor);
  }

  std::string text(const std::string& name) const {
    const auto& texts = slices_.front().texts;
    const auto found = texts.find(name);
    return found == texts.end() ? "" : found->second;
  }
  double number(const std::string& name, const char* what) const {
    const std::string value = text(name);
    double number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || stop != value.data() + value.size() || !(number > 0) ||
        !std::isfinite(number)) {
      throw wrong(value.empty() ? fmt::format("says no {} ({})", what, name)
                                : fmt::format("{} ({}) is \"{}\"", what, name, value),
                  "SUV needs it; add it to the header, or convert the images yourself and import SUV");
    }
    return number;
  }
  Error wrong(const std::string& problem, const std::string& hint) const {
    return input_error(place_, "PET: " + problem, hint);
  }

  void convert_counts(DicomSeries& series) const {
    if (!text("Philips SUV factor").empty() && text("Philips SUV factor") != "0") {
      series.factor = number("Philips SUV factor", "factor to SUV");
      series.conversion = fmt::format("SUV from counts by Philips' factor: x {:.9g}", series.factor);
      return;
    }
    if (text("Philips activity factor").empty())
      throw wrong("its units are counts (CNTS), without a factor to SUV or Bq/ml",
                  "export it in Bq/ml or SUV");
    const double to_activity = number("Philips activity factor", "factor to Bq/ml");
    series.factor = to_activity * by_body_weight(series);
    series.conversion =
        fmt::format("SUV by body weight from counts by Philips' factor: x {:.9g}", series.factor);
  }

  double by_body_weight(DicomSeries& series) const {
    const std::string corrected = text("CorrectedImage");
    if (!corrected.empty() &&
        (corrected.find("ATTN") == std::string::npos || corrected.find("DECY") == std::string::npos)) {
      throw wrong(fmt::format("it is corrected for {} only", corrected),
                  "SUV needs images corrected for attenuation (ATTN) and decay (DECY)");
    }
    PetMeta meta;
    meta.weight_kg = number("PatientWeight", "body weight");
    meta.injected_dose_bq = number("RadionuclideTotalDose", "injected dose");
    meta.half_life_seconds = number("RadionuclideHalfLife", "half-life");
    const std::string decay = text("DecayCorrection");
    if (decay == "ADMIN") return suv_factor(meta);  // no time passes
    if (decay != "START") {
      throw wrong(decay.empty() ? "does not say to when its decay is corrected (DecayCorrection)"
                                : fmt::format("its decay is corrected to \"{}\"", decay),
                  "START and ADMIN are read");
    }
    const double begin = begin_of_scan(series);
    const std::string moment = text("RadiopharmaceuticalStartDateTime");
    auto injection = seconds_of_moment(moment);
    if (!injection && moment.size() > 8) {  // a date alone may stand there
      throw wrong(
          fmt::format("the time of injection (RadiopharmaceuticalStartDateTime) is \"{}\"", moment),
          "year, month, day, hour, minute and second are wanted, as 20240131093015; correct the header");
    }
    if (!injection) {
      const std::string series_date =
          text("SeriesDate").empty() ? text("AcquisitionDate") : text("SeriesDate");
      injection = seconds_of(moment.size() == 8 ? moment : series_date, text("RadiopharmaceuticalStartTime"));
      if (injection && moment.size() != 8)
        series.remarks.emplace_back("PET: the injection has a time but no date; taken as on the scan's day");
    }
    if (!injection) throw wrong("says no time of injection", "SUV needs it to undo the decay");
    if (*injection > begin) {
      throw wrong(fmt::format("the injection lies {:.0f} s behind the begin of the scan", *injection - begin),
                  "a clock or a date is wrong, or the study went over midnight without dates");
    }
    meta.acquisition_seconds = begin - *injection;
    return suv_factor(meta);
  }

  double begin_of_scan(DicomSeries& series) const {
    std::optional<double> first;
    for (const auto& slice : slices_) {
      const auto of = [&](const char* name) {
        const auto found = slice.texts.find(name);
        return found == slice.texts.end() ? std::string() : found->second;
      };
      const auto moment = seconds_of(of("AcquisitionDate").empty() ? of("SeriesDate") : of("AcquisitionDate"),
                                     of("AcquisitionTime"));
      if (moment && (!first || *moment < *first)) first = moment;
    }
    const auto own = seconds_of(text("SeriesDate"), text("SeriesTime"));
    if (own && (!first || *own <= *first)) return *own;
    if (const auto ge = seconds_of_moment(text("GE scan time"))) return *ge;
    if (!first) throw wrong("says neither when the series nor when its slices were taken", "SUV needs it");
    series.remarks.emplace_back(
        "PET: the series' time lies behind its first acquisition; the first acquisition counts as the begin "
        "of "
        "the scan");
    return *first;
  }

  const std::vector<DicomSlice>& slices_;
  std::string place_;
};
}  // namespace

void convert_to_suv(DicomSeries& series, const std::string& place) {
  SuvFromHeader(series.slices, place).convert(series);
}

}  // namespace synerbench::detail
