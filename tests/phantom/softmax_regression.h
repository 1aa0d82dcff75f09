// A linear classifier, small: multinomial logistic regression by gradient descent. For measuring, not for the
// product.
#pragma once

#include <Eigen/Dense>
#include <vector>

namespace synerbench::phantom {

class SoftmaxRegression {
 public:
  /// rows of x: samples; y: classes 0 .. classes-1. Features are standardized; ridge keeps weights small.
  /// Deterministic.
  void fit(const Eigen::MatrixXd& x, const std::vector<int>& y, int classes);
  int predict(const Eigen::VectorXd& sample) const;

 private:
  Eigen::MatrixXd weights_;  // classes x (features + 1)
  Eigen::VectorXd mean_, scale_;
};

}  // namespace synerbench::phantom
