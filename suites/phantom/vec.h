// Points and shapes in patient space: LPS millimeters (x to the Left, y to the Posterior, z to the Superior).
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace synerbench::phantom {

struct Vec3 {
  double x = 0, y = 0, z = 0;
};
inline Vec3 operator+(const Vec3& a, const Vec3& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(const Vec3& a, const Vec3& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator*(const Vec3& a, double s) { return {a.x * s, a.y * s, a.z * s}; }
inline double dot(const Vec3& a, const Vec3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(const Vec3& a, const Vec3& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double norm(const Vec3& a) { return std::sqrt(dot(a, a)); }
/// The mirror image in the other half of the body.
inline Vec3 mirrored(const Vec3& a) { return {-a.x, a.y, a.z}; }

/// Row-major rotation, applied as p' = R p.
struct Rotation {
  double m[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
};
/// Rotations by a (about x), then b (about y), then c (about z), in radians.
inline Rotation rotation(double a, double b, double c) {
  const double ca = std::cos(a), sa = std::sin(a), cb = std::cos(b), sb = std::sin(b), cc = std::cos(c),
               sc = std::sin(c);
  return {{cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa, sc * cb, sc * sb * sa + cc * ca,
           sc * sb * ca - cc * sa, -sb, cb * sa, cb * ca}};
}
inline Vec3 operator*(const Rotation& r, const Vec3& p) {
  return {r.m[0] * p.x + r.m[1] * p.y + r.m[2] * p.z, r.m[3] * p.x + r.m[4] * p.y + r.m[5] * p.z,
          r.m[6] * p.x + r.m[7] * p.y + r.m[8] * p.z};
}

// ---- signed distances in mm: negative inside, near 0 true to first order ----------------------------------

/// Ellipse or ellipsoid, to first order: k (k - 1) / |grad k| with k the normalized radius.
inline double ellipse_distance(double x, double y, double rx, double ry) {
  const double k0 = std::sqrt(x * x / (rx * rx) + y * y / (ry * ry));
  const double k1 = std::sqrt(x * x / (rx * rx * rx * rx) + y * y / (ry * ry * ry * ry));
  return k1 > 1e-12 ? k0 * (k0 - 1) / k1 : -std::min(rx, ry);
}
inline double ellipsoid_distance(const Vec3& p, const Vec3& r) {
  const Vec3 a{p.x / r.x, p.y / r.y, p.z / r.z};
  const Vec3 b{a.x / r.x, a.y / r.y, a.z / r.z};
  const double k0 = norm(a), k1 = norm(b);
  return k1 > 1e-12 ? k0 * (k0 - 1) / k1 : -std::min({r.x, r.y, r.z});
}

/// An ellipsoid anywhere, at any angle.
struct Blob {
  Vec3 center, radii{1, 1, 1};
  Rotation turn;
  double distance(const Vec3& p) const { return ellipsoid_distance(turn * (p - center), radii); }
  /// False: the point is farther than `margin` from the blob for certain, and distance() need not be called.
  bool near(const Vec3& p, double margin) const {
    const double reach = std::max({radii.x, radii.y, radii.z}) + margin;
    const Vec3 d = p - center;
    return dot(d, d) < reach * reach;
  }
};

/// A rod from a to b whose radius goes from ra to rb.
struct Rod {
  Vec3 a, b;
  double ra = 1, rb = 1;
  double distance(const Vec3& p) const {
    const Vec3 ab = b - a, ap = p - a;
    const double t = std::clamp(dot(ap, ab) / std::max(dot(ab, ab), 1e-9), 0.0, 1.0);
    return norm(ap - ab * t) - (ra + (rb - ra) * t);
  }
};
inline double distance(std::span<const Rod> rods, const Vec3& p) {
  double d = 1e9;
  for (const Rod& rod : rods) d = std::min(d, rod.distance(p));
  return d;
}

/// A plate of given half thickness over a triangle: blades of bone.
struct Plate {
  Vec3 a, b, c;
  double half = 3;
  double distance(const Vec3& p) const {
    const Vec3 ba = b - a, cb = c - b, ac = a - c, pa = p - a, pb = p - b, pc = p - c;
    const Vec3 n = cross(ba, ac);
    const auto sign = [](double v) { return v < 0 ? -1.0 : 1.0; };
    const bool outside =
        sign(dot(cross(ba, n), pa)) + sign(dot(cross(cb, n), pb)) + sign(dot(cross(ac, n), pc)) < 2.0;
    if (!outside) return std::abs(dot(n, pa)) / norm(n) - half;
    const auto edge = [](const Vec3& e, const Vec3& q) {
      return norm(e * std::clamp(dot(e, q) / dot(e, e), 0.0, 1.0) - q);
    };
    return std::min({edge(ba, pa), edge(cb, pb), edge(ac, pc)}) - half;
  }
};

/// Union and intersection whose seams are rounded over about k mm.
inline double smooth_min(double a, double b, double k) {
  const double h = std::max(k - std::abs(a - b), 0.0) / k;
  return std::min(a, b) - h * h * k * 0.25;
}
inline double smooth_max(double a, double b, double k) { return -smooth_min(-a, -b, k); }

/// 0 below a, 1 above b, smooth between.
inline double smooth_step(double a, double b, double x) {
  const double t = std::clamp((x - a) / (b - a), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

}  // namespace synerbench::phantom
