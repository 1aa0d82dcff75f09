#include "tests/phantom/softmax_regression.h"

namespace synerbench::phantom {

void SoftmaxRegression::fit(const Eigen::MatrixXd& x, const std::vector<int>& y, int classes) {
  const Eigen::Index n = x.rows(), d = x.cols();
  mean_ = x.colwise().mean();
  scale_ = ((x.rowwise() - mean_.transpose()).array().square().colwise().mean().sqrt() + 1e-9).transpose();
  Eigen::MatrixXd z(n, d + 1);
  z.leftCols(d) = ((x.rowwise() - mean_.transpose()).array().rowwise() / scale_.transpose().array()).matrix();
  z.col(d).setOnes();
  Eigen::MatrixXd wanted = Eigen::MatrixXd::Zero(n, classes);
  for (Eigen::Index i = 0; i < n; ++i) wanted(i, y[static_cast<size_t>(i)]) = 1;
  // Nesterov's accelerated gradient with a step from the largest possible curvature.
  const double ridge = 1e-4, step = 1.0 / (0.5 * z.rowwise().squaredNorm().mean() + ridge);
  Eigen::MatrixXd w = Eigen::MatrixXd::Zero(d + 1, classes), previous = w;
  for (int round = 0; round < 1500; ++round) {
    const Eigen::MatrixXd ahead = w + (static_cast<double>(round) / (round + 3)) * (w - previous);
    Eigen::MatrixXd p = z * ahead;
    p.colwise() -= p.rowwise().maxCoeff();
    p = p.array().exp();
    p.array().colwise() /= p.rowwise().sum().array();
    previous = w;
    w = ahead - step * (z.transpose() * (p - wanted) / static_cast<double>(n) + ridge * ahead);
  }
  weights_ = w.transpose();
}

int SoftmaxRegression::predict(const Eigen::VectorXd& sample) const {
  Eigen::VectorXd z(sample.size() + 1);
  z << ((sample - mean_).array() / scale_.array()).matrix(), 1.0;
  Eigen::Index best = 0;
  (weights_ * z).maxCoeff(&best);
  return static_cast<int>(best);
}

}  // namespace synerbench::phantom
