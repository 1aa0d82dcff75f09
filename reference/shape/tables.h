// Position tables and ids, rotary frequencies, time features: formulas, no weights.
#pragma once

#include <cstdint>
#include <vector>

namespace synerbench::reference {

/// Sin-cos position table [grid*grid, width], row r*grid + c. The first half of the columns encodes the
/// column c, the second the row r. Each half is sin(x*w_k), then cos(x*w_k), k = 0 .. width/4-1, w_k =
/// 10000^(-k/(width/4)), in double.
std::vector<float> sincos_table(int64_t grid, int64_t width);

/// Position ids of rows x columns patches in a table with `grid` per side: row*grid + column; or,
/// `interpolate`, the row and column of the bin that the fractional coordinate falls in (bin of k/n = number
/// of j in 1..grid-1 with j*n <= k*grid).
std::vector<int64_t> position_ids(int64_t rows, int64_t columns, int64_t grid, bool interpolate);

/// theta^(-2k/d), k = 0 .. d/2-1, in float32.
std::vector<float> rope_frequencies(int64_t head_size, double theta);

/// [cos(t*f_k) for 128 k, then sin(t*f_k)], f_k = exp(-ln(10000)*k/128), in float32; t is the raw value in
/// [0, 1]. Cosine first, unlike the position tables.
std::vector<float> time_features(float t);

}  // namespace synerbench::reference
