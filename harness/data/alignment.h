// Do two volumes of one patient lie the same way? Told by their edges, whatever scanner took them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace synerbench {

/// How one of the two is laid against the other: [D, H, W], the last index runs fastest.
struct Turn {
  std::array<bool, 3> mirrored{};  // along D, H, W
  bool exchanged = false;          // H and W
  bool operator==(const Turn&) const = default;
  /// "mirrored along rows and columns", by the names of the three axes; "as it is" for no turn.
  std::string text(const std::array<const char*, 3>& axes) const;
};

/// Every turn that changes a volume of this shape: 7 of them, 15 where H = W, fewer where an axis has one
/// voxel.
std::vector<Turn> turns_of(const std::array<int64_t, 3>& shape);

/// Note [Agreement of edges] Two modalities show the same anatomy in other values, but where one has an edge
/// the other mostly has one, too, in the same direction or against it. So both volumes are averaged into
/// cells of about 4 mm, and the squared cosines between their gradients are added up; a gradient below the
/// mean length counts less (normalized gradient fields, Haber and Modersitzki 2006). 1: the edges are the
/// same. Of 31 pairs of real scans (CT, PET and four contrasts of MR) each agrees better as it is than under
/// any turn, by a factor of 1.16 to 2.58.
class Edges {
 public:
  /// `values` [D, H, W], `spacing` in mm in the same order.
  Edges(std::span<const float> values, const std::array<int64_t, 3>& shape,
        const std::array<double, 3>& spacing);

  /// 0 to 1, this one against `other` of the same shape and spacing, laid by `turn`. 0 where one has no
  /// edges.
  double agreement(const Edges& other, const Turn& turn = {}) const;
  /// Whether there are enough cells for the agreement to mean something: kLeastEdgeCells.
  bool enough() const;
  const std::array<int64_t, 3>& shape() const { return shape_; }  // of the volume

 private:
  std::array<int64_t, 3> shape_, cells_{};
  std::array<double, 3> size_{};  // of a cell, mm
  std::vector<float> mean_;       // of the cells
};
inline constexpr int64_t kLeastEdgeCells = 4000;

/// A turn under which two volumes agree much better than as they are, and than under any other turn: of two
/// volumes that have nothing to do with each other some turn is always the best.
struct Misfit {
  Turn turn;
  double agreement = 0, as_it_is = 0;
};
/// Nothing where no turn is better than all others by a tenth, or where the cells are too few.
inline constexpr double kMisfit = 1.1;
std::optional<Misfit> misfit_of(const Edges& a, const Edges& b);

}  // namespace synerbench
