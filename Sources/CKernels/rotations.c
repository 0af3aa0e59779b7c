#include "kernels.h"

// Of doubles, and for every processor: without fused operations, and added in a fixed order, so that the results
// are equal to the bit wherever they are computed.
#pragma STDC FP_CONTRACT OFF

enum { lanes = 8 };

/// Eight lanes are added in halves: the first four and the last four, then two and two.
static inline double lane_total(double sums[lanes]) {
  for (int width = lanes / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

double emend_dot_product_of_doubles(const double *first, const double *second, ptrdiff_t count) {
  double sums[lanes] = {0};
  ptrdiff_t whole = count > 0 ? count / lanes * lanes : 0;
  for (ptrdiff_t index = 0; index < whole; index += lanes) {
    for (int lane = 0; lane < lanes; lane++) sums[lane] += first[index + lane] * second[index + lane];
  }
  double total = lane_total(sums);
  for (ptrdiff_t index = whole; index < count; index++) total += first[index] * second[index];
  return total;
}

double emend_dot_product_and_add(
    const double *restrict first, const double *restrict second, double factor,
    double *restrict result, ptrdiff_t count) {
  double sums[lanes] = {0};
  ptrdiff_t whole = count > 0 ? count / lanes * lanes : 0;
  for (ptrdiff_t index = 0; index < whole; index += lanes) {
    for (int lane = 0; lane < lanes; lane++) {
      sums[lane] += first[index + lane] * second[index + lane];
      result[index + lane] += first[index + lane] * factor;
    }
  }
  double total = lane_total(sums);
  for (ptrdiff_t index = whole; index < count; index++) {
    total += first[index] * second[index];
    result[index] += first[index] * factor;
  }
  return total;
}

void emend_turn_rows(
    double *rows, const double *cosines, const double *sines, ptrdiff_t first, ptrdiff_t top,
    ptrdiff_t bottom) {
  double upper[lanes];
  for (int lane = 0; lane < lanes; lane++) upper[lane] = rows[top * lanes + lane];
  for (ptrdiff_t row = top - 1; row >= bottom; row--) {
    double cosine = cosines[first], sine = sines[first];
    first++;
    double *lower = rows + row * lanes;
    for (int lane = 0; lane < lanes; lane++) {
      double value = lower[lane];
      lower[lanes + lane] = sine * value + cosine * upper[lane];
      upper[lane] = cosine * value - sine * upper[lane];
    }
  }
  for (int lane = 0; lane < lanes; lane++) rows[bottom * lanes + lane] = upper[lane];
}
