#include "harness/train/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr int64_t kMostUnits = int64_t{1} << 40;
constexpr int64_t kWarmupPart = 10;     // a fitted warm-up is at most one part in so many
constexpr double kAveragedShare = 0.1;  // of a training, that a fitted average looks back at most

}  // namespace

double Schedule::rate(double lr, int64_t k) const {
  if (k < warmup) return lr * static_cast<double>(k) / static_cast<double>(warmup);
  switch (kind) {
    case Kind::kConstant:
      return lr;
    case Kind::kLinear: {
      if (decay == 0) return lr;
      const int64_t past = std::max<int64_t>(0, k + 2 - constant);
      return lr * std::max(0.0, 1.0 - static_cast<double>(past) / static_cast<double>(decay + 1));
    }
    case Kind::kCosine: {
      const double way =
          static_cast<double>(k - warmup) / static_cast<double>(std::max<int64_t>(1, length - warmup));
      const double floor = std::min(least / lr, 1.0);
      return lr * (floor + (1.0 - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(way, 1.0))));
    }
    case Kind::kPolynomial: {
      const double left =
          std::max(0.0, 1.0 - static_cast<double>(k) / static_cast<double>(std::max<int64_t>(1, length)));
      const double floor = std::min(least / lr, 1.0);
      return lr * (floor + (1.0 - floor) * std::pow(left, power));
    }
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

const Schema<Schedule>& schedule_schema() {
  static const Schema<Schedule> table = [] {
    Schema<Schedule> s;
    s.choice("kind", &Schedule::kind,
             {{"constant", Schedule::Kind::kConstant},
              {"linear", Schedule::Kind::kLinear},
              {"cosine", Schedule::Kind::kCosine},
              {"polynomial", Schedule::Kind::kPolynomial}},
             "how the rate falls");
    s.integer("warmup", &Schedule::warmup, 0, kMostUnits, "units of linear rise from 0");
    s.integer("constant", &Schedule::constant, 0, kMostUnits, "linear: units at the full rate");
    s.integer("decay", &Schedule::decay, 0, kMostUnits, "linear: units of decay to 0 behind them");
    s.integer("length", &Schedule::length, 0, kMostUnits, "cosine, polynomial: units until the rate is `least`");
    s.number("power", &Schedule::power, kPositive, "polynomial: its exponent");
    s.number("least", &Schedule::least, kNotNegative, "cosine, polynomial: the last learning rate");
    return s;
  }();
  return table;
}

int64_t share_of(int64_t units, int64_t part, int64_t whole) {
  return std::llround(static_cast<double>(units) * static_cast<double>(part) / static_cast<double>(whole));
}

Schedule fitted(const Schedule& own, int64_t units) {
  SB_CHECK(units >= 1, "a training has updates");
  Schedule schedule = own;
  schedule.warmup = std::min(own.warmup, units / kWarmupPart);
  schedule.length = units;
  if (own.kind == Schedule::Kind::kLinear && own.constant + own.decay > 0) {
    schedule.decay = share_of(units, own.decay, own.constant + own.decay);
    schedule.constant = units - schedule.decay;
  }
  return schedule;
}

double fitted_average(double decay, int64_t updates, int64_t every) {
  if (decay <= 0) return 0;
  const double steps = kAveragedShare * static_cast<double>(updates) / static_cast<double>(every);
  return steps > 1 ? std::min(decay, 1 - 1 / steps) : 0;
}

void require_fitting_warmup(int64_t warmup, int64_t updates, const std::string& what,
                            const std::string& place) {
  if (2 * warmup <= updates) return;
  throw usage_error(
      place, fmt::format("a warm-up of {} updates does not fit {}, which has {}", warmup, what, updates),
      fmt::format("train longer, set \"warmup\" to at most {}, or give --budget, which fits what "
                  "the configuration leaves open",
                  updates / 2));
}

void require_fitting_average(double decay, int64_t every, int64_t updates, const std::string& what,
                             const std::string& place) {
  if (decay <= 0) return;
  const double reach = static_cast<double>(every) / (1 - decay);
  if (2 * reach <= static_cast<double>(updates) * (1 + 1e-9)) return;
  throw usage_error(
      place,
      fmt::format("an average over {:.0f} updates (\"ema_decay\": {}) does not fit {}, which has {}", reach,
                  decay, what, updates),
      "train longer, set \"ema_decay\" to 0 or to less, or give --budget, which fits what the configuration "
      "leaves open");
}

}  // namespace synerbench
