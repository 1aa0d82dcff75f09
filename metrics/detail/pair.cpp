#include "metrics/detail/pair.h"

#include <cstddef>

#include "metrics/detail/sums.h"

namespace synerbench::detail {
namespace {

constexpr int64_t kFewVoxels = 65536;  // below, starting threads costs more than it brings

double lanes_of(const double* lane) {
  return add_lanes({lane[0], lane[1], lane[2], lane[3], lane[4], lane[5], lane[6], lane[7]});
}

/// What every row of the images gives.
class RowMeasures {
 public:
  RowMeasures(const ImageView& x, const ImageView& y, std::span<const ErrorRequest> requests)
      : x_(x),
        y_(y),
        requests_(requests),
        rows_(x.depth * x.height),
        sums_(static_cast<size_t>(rows_) * requests.size()),
        finite_(static_cast<size_t>(rows_)) {}

  /// May be called for several rows at a time.
  void measure(int64_t row) {
    const int64_t from = row * x_.width;
    finite_[static_cast<size_t>(row)] =
        kernels_.finite(x_.data + from, x_.width) && kernels_.finite(y_.data + from, x_.width);
    for (size_t i = 0; i < requests_.size(); ++i) {
      const ErrorRequest& request = requests_[i];
      RowErrors errors;
      kernels_.errors(x_.data + from, y_.data + from, x_.width, request.clamp,
                      request.mask ? request.mask.data + from : nullptr, request.low, request.high, errors);
      sums_[static_cast<size_t>(row) * requests_.size() + i] = {
          lanes_of(errors.absolute), lanes_of(errors.squared), lanes_of(errors.voxels)};
    }
  }

  void measure_all() {
#pragma omp parallel for schedule(static) if (x_.count() > kFewVoxels)
    for (int64_t row = 0; row < rows_; ++row) measure(row);
  }

  PairMeasures total() const {
    PairMeasures result;
    result.errors.resize(requests_.size());
    for (size_t row = 0; row < finite_.size(); ++row) {
      result.finite = result.finite && finite_[row] != 0;
      for (size_t i = 0; i < requests_.size(); ++i) {
        const ErrorSums& sums = sums_[row * requests_.size() + i];
        result.errors[i].absolute += sums.absolute;
        result.errors[i].squared += sums.squared;
        result.errors[i].voxels += sums.voxels;
      }
    }
    return result;
  }

 private:
  const Kernels& kernels_ = kernels();
  const ImageView &x_, &y_;
  std::span<const ErrorRequest> requests_;
  int64_t rows_;
  std::vector<ErrorSums> sums_;
  std::vector<char> finite_;  // not bool: several threads write
};

}  // namespace

PairMeasures measure_pair(const ImageView& prediction, const ImageView& target,
                          std::span<const ErrorRequest> errors, const SimilarityRequest* similarity) {
  RowMeasures rows(prediction, target, errors);
  SimilarityMeans means;
  bool read = false;
  if (similarity != nullptr) {
    const auto look = [&](int64_t slice, int64_t row) { rows.measure(slice * prediction.height + row); };
    means = similarity_means(similarity->source, similarity->mask, similarity->centers, Term::kSsim,
                             similarity->convention, look, &read);
  }
  if (!read) rows.measure_all();
  PairMeasures result = rows.total();
  result.similarity = means;
  return result;
}

}  // namespace synerbench::detail
