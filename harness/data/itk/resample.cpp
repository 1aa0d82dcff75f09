#include <itkLinearInterpolateImageFunction.h>
#include <itkNearestNeighborInterpolateImageFunction.h>
#include <itkResampleImageFilter.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/data/itk/itk_image.h"
#include "harness/data/itk/itk_setup.h"
#include "harness/data/volume_io.h"

namespace synerbench {
namespace {

using FloatImage = itk_bridge::Image<float>;

/// Base (linear or nearest) with our rule for the border: inside is the box between the outermost voxel
/// *centers*, widened by kSameGridTolerance and clamped back into it. ITK's own rule reaches half a voxel
/// beyond the centers.
template <class Base>
class ClampedInterpolator : public Base {
 public:
  using Self = ClampedInterpolator;
  using Superclass = Base;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  using typename Base::ContinuousIndexType;
  using typename Base::OutputType;
  static Pointer New() {
    Pointer pointer = new Self;
    pointer->UnRegister();  // `new` counts one owner, the smart pointer another
    return pointer;
  }

  bool IsInsideBuffer(const ContinuousIndexType& index) const override {
    for (unsigned axis = 0; axis < 3; ++axis) {
      const double last = static_cast<double>(this->m_EndIndex[axis]);
      if (!(index[axis] >= -kSameGridTolerance && index[axis] <= last + kSameGridTolerance)) return false;
    }
    return true;
  }

  OutputType EvaluateAtContinuousIndex(const ContinuousIndexType& index) const override {
    ContinuousIndexType clamped;
    for (unsigned axis = 0; axis < 3; ++axis) {
      clamped[axis] = std::clamp(index[axis], 0.0, static_cast<double>(this->m_EndIndex[axis]));
    }
    return Base::EvaluateAtContinuousIndex(clamped);
  }
};

using Linear = ClampedInterpolator<itk::LinearInterpolateImageFunction<FloatImage, double>>;
using Nearest = ClampedInterpolator<itk::NearestNeighborInterpolateImageFunction<FloatImage, double>>;

template <class Interpolator>
Volume resample(const Volume& volume, const Geometry& grid, float outside) {
  SB_CHECK(static_cast<int64_t>(volume.voxels.size()) == volume.geometry.count(),
           "voxels do not fill the grid");
  itk_bridge::set_up_itk();
  auto image = FloatImage::New();
  itk_bridge::set_geometry(*image, volume.geometry);
  image->GetPixelContainer()->SetImportPointer(const_cast<float*>(volume.voxels.data()), volume.voxels.size(),
                                               false);

  auto filter = itk::ResampleImageFilter<FloatImage, FloatImage, double>::New();
  auto reference = FloatImage::New();
  itk_bridge::set_geometry(*reference, grid);
  filter->SetInput(image);
  filter->SetInterpolator(Interpolator::New());
  filter->SetSize(reference->GetLargestPossibleRegion().GetSize());
  filter->SetOutputOrigin(reference->GetOrigin());
  filter->SetOutputSpacing(reference->GetSpacing());
  filter->SetOutputDirection(reference->GetDirection());
  filter->SetDefaultPixelValue(outside);
  filter->Update();
  const float* out = filter->GetOutput()->GetBufferPointer();
  return Volume{grid, std::vector<float>(out, out + grid.count())};
}

}  // namespace

Volume resample_linear(const Volume& volume, const Geometry& grid, float outside) {
  return resample<Linear>(volume, grid, outside);
}

Volume resample_nearest(const Volume& volume, const Geometry& grid, float outside) {
  return resample<Nearest>(volume, grid, outside);
}

}  // namespace synerbench
