#include "metrics/detail/moments.h"

#include <algorithm>
#include <array>

namespace synerbench::detail {
namespace {

// See Note [Tiles]. A volume's tile keeps window sums of kDepthBlock + 2 radius slices, which should stay in
// a second-level cache of 512 KiB; so it is low. It is wide because every row of every slice of a tile begins
// on another page of memory: with 48 columns half of the time went into finding pages, with 168 none to speak
// of.
constexpr int64_t kBandRows = 8;       // of a volume
constexpr int64_t kTileColumns = 168;  // the rim included
constexpr int64_t kBandRowsOfSlice = 64;
constexpr int64_t kTileColumnsOfSlice = 136;
constexpr int64_t kDepthBlock = 4;   // map slices filtered along the depth together
constexpr int64_t kSmallMap = 2048;  // voxels; below, starting threads costs more than it brings

constexpr int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }
constexpr int64_t parts_of(int64_t n, int64_t size) { return (n + size - 1) / size; }

/// One buffer per moment, each on a border of cache lines: a vector that lies across two lines costs two
/// loads. They begin as zeros: what lies beyond an image's border is calculated with and thrown away.
class Scratch {
 public:
  Scratch(int moments, int64_t length) : length_(rounded_up(length, kBlockRows)) {
    constexpr int64_t kLine = 64 / sizeof(double);
    storage_.resize(static_cast<size_t>(length_ * moments + kLine));
    const auto beyond = reinterpret_cast<uintptr_t>(storage_.data()) / sizeof(double) % kLine;
    double* first = storage_.data() + (kLine - static_cast<int64_t>(beyond)) % kLine;
    for (int m = 0; m < moments; ++m) pointers_[static_cast<size_t>(m)] = first + m * length_;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  double* operator[](int m) const { return pointers_[static_cast<size_t>(m)]; }

 private:
  int64_t length_;
  std::vector<double> storage_;
  std::array<double*, kMaxMoments> pointers_{};
};

/// What one thread needs to take a tile through the depth.
class TileMarch {
 public:
  TileMarch(const PairSource& source, const SeparableWindow& window, Squares squares, const Tiling& tiling,
            const BlockVisitor& visitor)
      : source_(source),
        tiling_(tiling),
        visitor_(visitor),
        squares_(squares),
        moments_(moment_count(squares)),
        depth_taps_(window.taps(0)),
        height_taps_(window.taps(1)),
        width_taps_(window.taps(2)),
        filtered_columns_(rounded_up(tiling.chunk_columns + width_taps_.count - 1, kBlockRows)),
        columns_(filtered_columns_ + kernels_.skew),
        slots_(depth_taps_.count == 1 ? 1 : kDepthBlock + depth_taps_.count - 1),
        slot_length_((depth_taps_.count == 1 ? kBlockRows : tiling.band_rows) * columns_),
        products_(moments_, (kBlockRows + height_taps_.count - 1) * columns_),
        slices_(moments_, slots_ * slot_length_),
        deep_(moments_, depth_taps_.count == 1 ? 0 : kDepthBlock * kBlockRows * columns_),
        turned_(moments_, filtered_columns_ * (kBlockRows + kernels_.skew)),
        sums_(moments_, tiling.chunk_columns * kBlockRows),
        slice_in_(static_cast<size_t>(slots_)) {}

  void run(int64_t band, int64_t chunk) {
    first_row_ = band * tiling_.band_rows;
    rows_ = std::min(tiling_.band_rows, tiling_.height - first_row_);
    chunk_ = chunk;
    first_column_ = chunk * tiling_.chunk_columns;
    tile_columns_ = std::min(tiling_.chunk_columns, tiling_.width - first_column_);
    std::fill(slice_in_.begin(), slice_in_.end(), -1);
    const int64_t step = depth_taps_.count == 1 ? 1 : kDepthBlock;
    looks_ = chunk == 0 && visitor_.look;
    last_row_ = band + 1 == tiling_.bands ? source_.x.height : first_row_ + tiling_.band_rows;
    next_slice_ = 0;
    next_row_ = first_row_;
    for (int64_t d = 0; d < tiling_.depth; d += step) finish(d, std::min(step, tiling_.depth - d));
    look_before(source_.x.depth, first_row_);
  }

 private:
  /// Shows the tile's own rows that were not shown yet, up to this one.
  void look_before(int64_t slice, int64_t row) {
    if (!looks_) return;
    for (; next_slice_ < slice; ++next_slice_, next_row_ = first_row_) {
      for (; next_row_ < last_row_; ++next_row_) visitor_.look(next_slice_, next_row_);
    }
    for (; next_slice_ == slice && next_row_ < std::min(row, last_row_); ++next_row_) {
      visitor_.look(next_slice_, next_row_);
    }
  }

  Place place(int64_t d, int64_t row) const {
    return {d,      first_row_ + row, std::min<int64_t>(kBlockRows, rows_ - row),
            chunk_, first_column_,    tile_columns_};
  }
  bool wanted(int64_t d, int64_t row) const { return !visitor_.wanted || visitor_.wanted(place(d, row)); }

  /// The map slices [d, d + count).
  void finish(int64_t d, int64_t count) {
    const bool deep = depth_taps_.count > 1;
    bool ready = false;
    product_rows_ = 0;
    for (int64_t row = 0; row < rows_; row += kBlockRows) {
      std::array<bool, kDepthBlock> is_wanted{};
      bool any = false;
      for (int64_t k = 0; k < count; ++k) {
        is_wanted[static_cast<size_t>(k)] = wanted(d + k, row);
        any = any || is_wanted[static_cast<size_t>(k)];
      }
      if (!any) continue;
      if (!deep) {
        filter_height(d, row, 0);
        finish_block(d, row, slices_, 0);
        continue;
      }
      if (!ready) prepare_slices(d, d + count + depth_taps_.count - 1);
      ready = true;
      filter_depth(d, count, row);
      for (int64_t k = 0; k < count; ++k) {
        if (is_wanted[static_cast<size_t>(k)]) finish_block(d + k, row, deep_, k * kBlockRows * columns_);
      }
    }
  }

  /// The image slices [first, last), filtered along the height, are in their slots.
  void prepare_slices(int64_t first, int64_t last) {
    for (int64_t slice = first; slice < last; ++slice) {
      const int64_t slot = slice % slots_;
      if (slice_in_[static_cast<size_t>(slot)] == slice) continue;
      slice_in_[static_cast<size_t>(slot)] = slice;
      product_rows_ = 0;
      for (int64_t row = 0; row < rows_; row += kBlockRows) {
        filter_height(slice, row, slot * slot_length_ + row * columns_);
      }
    }
  }

  /// One block of rows of an image slice to slices_[...] + `to`. The products of its rows are formed right
  /// before, and those that the next block needs too are kept.
  void filter_height(int64_t slice, int64_t row, int64_t to) {
    const int64_t rows = std::min<int64_t>(kBlockRows, rows_ - row);
    const int64_t end = row + rows + height_taps_.count - 1;
    for (int64_t r = std::max(row, product_rows_); r < end; ++r) form_products(slice, r);
    product_rows_ = end;
    row_pointers_.resize(static_cast<size_t>(end - row));
    for (int m = 0; m < moments_; ++m) {
      for (int64_t r = row; r < end; ++r)
        row_pointers_[static_cast<size_t>(r - row)] = products_[m] + ring(r);
      kernels_.weigh_rows(height_taps_, row_pointers_.data(), rows, filtered_columns_, slices_[m] + to,
                          columns_);
    }
  }

  /// Where the products of a row of the tile are: those of one block and its rim are kept.
  int64_t ring(int64_t row) const { return row % (kBlockRows + height_taps_.count - 1) * columns_; }

  /// Asks for a row that the next block or slice needs, so that it comes from memory while this one is worked
  /// on.
  void fetch_ahead(int64_t slice, int64_t row) const {
    if (slice >= source_.x.depth || first_row_ + row >= source_.x.height) return;
    const int64_t from = (slice * source_.x.height + first_row_ + row) * source_.x.width + first_column_;
    for (int64_t i = 0; i < filtered_columns_; i += 8) {
      __builtin_prefetch(source_.x.data + from + i);
      __builtin_prefetch(source_.y.data + from + i);
    }
  }

  void form_products(int64_t slice, int64_t row) {
    look_before(slice, first_row_ + row + 1);
    if (depth_taps_.count == 1) fetch_ahead(slice, row + kBlockRows);
    if (depth_taps_.count > 1) fetch_ahead(slice + 1, row);
    const int64_t from = (slice * source_.x.height + first_row_ + row) * source_.x.width + first_column_;
    std::array<double*, kMaxMoments> out{};
    for (int m = 0; m < moments_; ++m) out[static_cast<size_t>(m)] = products_[m] + ring(row);
    kernels_.products(source_.x.data + from, source_.y.data + from, tile_columns_ + width_taps_.count - 1,
                      source_.clamp, source_.inside ? source_.inside.data + from : nullptr, squares_,
                      out.data());
  }

  /// One block of rows of the map slices [d, d + count).
  void filter_depth(int64_t d, int64_t count, int64_t row) {
    std::vector<const double*>& slices = slice_pointers_;
    slices.resize(static_cast<size_t>(count + depth_taps_.count - 1));
    for (int m = 0; m < moments_; ++m) {
      for (size_t k = 0; k < slices.size(); ++k) {
        const int64_t slot = (d + static_cast<int64_t>(k)) % slots_;
        slices[k] = slices_[m] + slot * slot_length_ + row * columns_;
      }
      kernels_.weigh_rows(depth_taps_, slices.data(), count, kBlockRows * columns_, deep_[m],
                          kBlockRows * columns_);
    }
  }

  /// `rows`: kBlockRows rows of every moment from `offset` on, filtered along the depth and the height.
  void finish_block(int64_t d, int64_t row, const Scratch& rows, int64_t offset) {
    for (int m = 0; m < moments_; ++m) {
      kernels_.transpose(rows[m] + offset, columns_, filtered_columns_, turned_[m]);
      kernels_.weigh_block(width_taps_, turned_[m], tile_columns_, sums_[m]);
    }
    visitor_.visit(place(d, row), {tile_columns_, sums_[0], sums_[1], sums_[2], sums_[3],
                                   squares_ == Squares::kApart ? sums_[4] : nullptr});
  }

  const Kernels& kernels_ = kernels();
  const PairSource& source_;
  const Tiling& tiling_;
  const BlockVisitor& visitor_;
  Squares squares_;
  int moments_;
  Taps depth_taps_, height_taps_, width_taps_;
  int64_t filtered_columns_;  // the chunk's and the rim's, in whole blocks
  int64_t columns_;           // of a row in the buffers
  int64_t slots_, slot_length_;
  Scratch products_;               // of one block of rows and its rim
  Scratch slices_;                 // filtered along the height: slots_ slices of the band, or one block
  Scratch deep_;                   // kDepthBlock blocks of rows, filtered along the depth too
  Scratch turned_, sums_;          // one block, column after column; filtered along the width
  std::vector<int64_t> slice_in_;  // the slice that each slot holds, or -1
  std::vector<const double*> row_pointers_, slice_pointers_;
  int64_t product_rows_ = 0;  // of the slice at hand: rows of the tile before this one are formed
  bool looks_ = false;        // this tile shows its rows
  int64_t next_slice_ = 0, next_row_ = 0,
          last_row_ = 0;  // the row to be shown next; its own end before the last
  int64_t first_row_ = 0, rows_ = 0, chunk_ = 0, first_column_ = 0, tile_columns_ = 0;
};

}  // namespace

SeparableWindow::SeparableWindow(const Window& window, const std::array<bool, 3>& filtered) {
  unit_ = window.shape == WindowShape::kUniform;
  for (int axis = 0; axis < 3; ++axis) {
    if (!filtered[axis]) {
      weights_[axis] = {1.0};
    } else if (unit_) {
      weights_[axis].assign(static_cast<size_t>(window.size), 1.0);
    } else {
      weights_[axis] = window_weights(window);
    }
  }
}

Taps SeparableWindow::taps(int axis) const {
  const std::vector<double>& weights = weights_[axis];
  return {weights.data(), static_cast<int>(weights.size()), unit_ || weights.size() == 1};
}

int64_t SeparableWindow::voxels() const {
  int64_t count = 1;
  for (const auto& weights : weights_) count *= static_cast<int64_t>(weights.size());
  return count;
}

Tiling::Tiling(const ImageView& image, const SeparableWindow& window)
    : depth(image.depth - 2 * window.radius(0)),
      height(image.height - 2 * window.radius(1)),
      width(image.width - 2 * window.radius(2)) {
  if (empty()) return;
  const bool deep = window.radius(0) > 0;
  band_rows = std::min(deep ? kBandRows : kBandRowsOfSlice, rounded_up(height, kBlockRows));
  bands = parts_of(height, band_rows);
  const int64_t rim = 2 * window.radius(2);
  chunks = parts_of(width, std::max((deep ? kTileColumns : kTileColumnsOfSlice) - rim, int64_t{kBlockRows}));
  chunk_columns = parts_of(width, chunks);
  chunks = parts_of(width, chunk_columns);  // none is empty
}

void for_each_moment_block(const PairSource& source, const SeparableWindow& window, Squares squares,
                           const Tiling& tiling, const BlockVisitor& visitor) {
  if (tiling.empty()) return;
#pragma omp parallel if (tiling.depth * tiling.height * tiling.width > kSmallMap)
  {
    TileMarch march(source, window, squares, tiling, visitor);
#pragma omp for schedule(dynamic) collapse(2)
    for (int64_t band = 0; band < tiling.bands; ++band) {
      for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) march.run(band, chunk);
    }
  }
}

Image with_border(const ImageView& image, const std::array<int64_t, 3>& radius, Border border) {
  Image padded(image.depth + 2 * radius[0], image.height + 2 * radius[1], image.width + 2 * radius[2]);
  std::vector<int64_t> columns(static_cast<size_t>(padded.width));
  for (int64_t w = 0; w < padded.width; ++w) {
    columns[static_cast<size_t>(w)] = mirrored_index(w - radius[2], image.width, border);
  }
#pragma omp parallel for schedule(static) \
    collapse(2) if (padded.depth * padded.height * padded.width > kSmallMap)
  for (int64_t d = 0; d < padded.depth; ++d) {
    for (int64_t h = 0; h < padded.height; ++h) {
      const int64_t from_d = mirrored_index(d - radius[0], image.depth, border);
      const int64_t from_h = mirrored_index(h - radius[1], image.height, border);
      const double* from = image.data + (from_d * image.height + from_h) * image.width;
      double* to = padded.voxels.data() + (d * padded.height + h) * padded.width;
      for (int64_t w = 0; w < padded.width; ++w) to[w] = from[columns[static_cast<size_t>(w)]];
    }
  }
  return padded;
}

}  // namespace synerbench::detail
