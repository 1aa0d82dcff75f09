// A learning rate that falls when the loss stops falling.
#pragma once

#include <cstdint>
#include <limits>

namespace synerbench::nn {

/// The usual "reduce on plateau" rule. A loss is better when it is below best * (1 - threshold). After more
/// than `patience` losses in a row that are not better, the rate is multiplied by `factor`, never below
/// `lowest`; the next `cooldown` losses count for nothing.
class Plateau {
 public:
  struct Settings {
    double lr = 1e-4;
    double factor = 0.5;
    int64_t patience = 3000;
    double threshold = 1e-4;
    int64_t cooldown = 3000;
    double lowest = 5e-7;
  };
  /// All that a checkpoint has to hold.
  struct State {
    double lr = 0;
    double best = std::numeric_limits<double>::infinity();
    int64_t bad = 0, cooling = 0;
  };
  explicit Plateau(const Settings& settings) : settings_(settings) { state_.lr = settings.lr; }
  void step(double loss);
  double lr() const { return state_.lr; }
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  Settings settings_;
  State state_;
};

}  // namespace synerbench::nn
