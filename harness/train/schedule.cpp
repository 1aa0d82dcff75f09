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

/// The rate behind a warm-up, without a rise.
double decayed(const Schedule& s, double lr, int64_t k) {
  using Kind = Schedule::Kind;
  switch (s.kind) {
    case Kind::kConstant:
    case Kind::kPlateau:
      return lr;
    case Kind::kLinear: {
      if (s.decay == 0) return lr;
      const int64_t past = std::max<int64_t>(0, k + 2 - s.constant);
      return lr * std::max(0.0, 1.0 - static_cast<double>(past) / static_cast<double>(s.decay + 1));
    }
    case Kind::kCosine: {
      const double way =
          static_cast<double>(k - s.warmup) / static_cast<double>(std::max<int64_t>(1, s.length - s.warmup));
      const double floor = std::min(s.least / lr, 1.0);
      return lr * (floor + (1.0 - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(way, 1.0))));
    }
    case Kind::kPolynomial: {
      const double left =
          std::max(0.0, 1.0 - static_cast<double>(k) / static_cast<double>(std::max<int64_t>(1, s.length)));
      const double floor = std::min(s.least / lr, 1.0);
      return lr * (floor + (1.0 - floor) * std::pow(left, s.power));
    }
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

}  // namespace

std::string name_of(BudgetUnit unit) { return unit == BudgetUnit::kEpochs ? "epochs" : "updates"; }

const std::vector<std::pair<std::string, BudgetUnit>>& budget_units() {
  static const std::vector<std::pair<std::string, BudgetUnit>> words{
      {name_of(BudgetUnit::kEpochs), BudgetUnit::kEpochs},
      {name_of(BudgetUnit::kUpdates), BudgetUnit::kUpdates}};
  return words;
}

double Schedule::rate(double lr, int64_t k) const {
  if (k < warmup) return lr * static_cast<double>(k) / static_cast<double>(warmup);
  const double risen = static_cast<double>(k + 1) / std::max(1.0, rise * static_cast<double>(length));
  return std::min(1.0, risen) * decayed(*this, lr, k);
}

Plateau::Plateau(const Schedule& schedule, double lr) : schedule_(schedule) {
  SB_CHECK(schedule.kind == Schedule::Kind::kPlateau, "the schedule of a plateau");
  state_.lr = lr;
}

void Plateau::step(double loss) {
  constexpr double kLeastChange = 1e-8;  // a rate that would change by less stays
  if (loss < state_.best * (1.0 - schedule_.threshold)) {
    state_.best = loss;
    state_.bad = 0;
  } else {
    ++state_.bad;
  }
  if (state_.cooling > 0) {
    --state_.cooling;
    state_.bad = 0;
  }
  if (state_.bad <= schedule_.patience) return;
  const double next = std::max(state_.lr * schedule_.drop, schedule_.least);
  if (state_.lr - next > kLeastChange) state_.lr = next;
  state_.cooling = schedule_.cooldown;
  state_.bad = 0;
}

const Schema<Schedule>& plateau_fields() {
  static const Schema<Schedule> table = [] {
    Schema<Schedule> s;
    s.number("factor", &Schedule::drop, kBelowOne, "the rate is multiplied by it");
    s.integer("patience", &Schedule::patience, 0, kMostUnits,
              "after so many optimizer steps without a better loss");
    s.number("threshold", &Schedule::threshold, kBelowOne, "better is below best * (1 - threshold)");
    s.integer("cooldown", &Schedule::cooldown, 0, kMostUnits,
              "optimizer steps that count for nothing afterwards");
    s.number("min_lr", &Schedule::least, kNotNegative, "never below it");
    return s;
  }();
  return table;
}

int64_t share_of(int64_t units, int64_t part, int64_t whole) {
  return std::llround(static_cast<double>(units) * static_cast<double>(part) / static_cast<double>(whole));
}

Schedule fitted(const Schedule& own, int64_t updates) {
  SB_CHECK(updates >= 1, "a training has updates");
  Schedule schedule = own;
  schedule.unit = BudgetUnit::kUpdates;
  schedule.warmup = std::min(own.warmup, updates / kWarmupPart);
  schedule.length = updates;
  if (own.kind == Schedule::Kind::kLinear && own.constant + own.decay > 0) {
    schedule.decay = share_of(updates, own.decay, own.constant + own.decay);
    schedule.constant = updates - schedule.decay;
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
