// Between our geometry and ITK's images. For harness/data/itk only.
#pragma once

#include <itkImage.h>

#include <algorithm>

#include "harness/data/volume.h"

namespace synerbench::itk_bridge {

template <class Pixel>
using Image = itk::Image<Pixel, 3>;

inline typename itk::ImageRegion<3> region_of(const Geometry& geometry) {
  itk::Size<3> size;
  for (unsigned axis = 0; axis < 3; ++axis) size[axis] = static_cast<itk::SizeValueType>(geometry.size[axis]);
  return itk::ImageRegion<3>(size);
}

template <class ImageType>
void set_geometry(ImageType& image, const Geometry& geometry) {
  typename ImageType::PointType origin;
  typename ImageType::SpacingType spacing;
  typename ImageType::DirectionType direction;
  for (unsigned row = 0; row < 3; ++row) {
    origin[row] = geometry.origin[row];
    spacing[row] = geometry.spacing[row];
    for (unsigned column = 0; column < 3; ++column)
      direction[row][column] = geometry.direction[3 * row + column];
  }
  image.SetRegions(region_of(geometry));
  image.SetOrigin(origin);
  image.SetSpacing(spacing);
  image.SetDirection(direction);
}

template <class ImageType>
Geometry geometry_of(const ImageType& image) {
  Geometry geometry;
  for (unsigned row = 0; row < 3; ++row) {
    geometry.size[row] = static_cast<int64_t>(image.GetLargestPossibleRegion().GetSize()[row]);
    geometry.origin[row] = image.GetOrigin()[row];
    geometry.spacing[row] = image.GetSpacing()[row];
    for (unsigned column = 0; column < 3; ++column) {
      geometry.direction[3 * row + column] = image.GetDirection()[row][column];
    }
  }
  return geometry;
}

}  // namespace synerbench::itk_bridge
