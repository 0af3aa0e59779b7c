#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx2,f16c")))

int emend_kernels_are_available(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
}

/// The lanes, added one after the other from the first on.
WIDE static inline float lane_sum(__m256 lanes) {
  float values[8];
  _mm256_storeu_ps(values, lanes);
  float sum = values[0];
  for (int lane = 1; lane < 8; lane++) sum += values[lane];
  return sum;
}

/// The lane sums of eight registers at once: transposes them, so that each addition serves eight sums.
WIDE static inline __m256 lane_sums(const __m256 sums[8]) {
  __m256 a0 = _mm256_unpacklo_ps(sums[0], sums[1]), a1 = _mm256_unpackhi_ps(sums[0], sums[1]);
  __m256 a2 = _mm256_unpacklo_ps(sums[2], sums[3]), a3 = _mm256_unpackhi_ps(sums[2], sums[3]);
  __m256 a4 = _mm256_unpacklo_ps(sums[4], sums[5]), a5 = _mm256_unpackhi_ps(sums[4], sums[5]);
  __m256 a6 = _mm256_unpacklo_ps(sums[6], sums[7]), a7 = _mm256_unpackhi_ps(sums[6], sums[7]);
  __m256 b0 = _mm256_shuffle_ps(a0, a2, 0x44), b1 = _mm256_shuffle_ps(a0, a2, 0xEE);
  __m256 b2 = _mm256_shuffle_ps(a1, a3, 0x44), b3 = _mm256_shuffle_ps(a1, a3, 0xEE);
  __m256 b4 = _mm256_shuffle_ps(a4, a6, 0x44), b5 = _mm256_shuffle_ps(a4, a6, 0xEE);
  __m256 b6 = _mm256_shuffle_ps(a5, a7, 0x44), b7 = _mm256_shuffle_ps(a5, a7, 0xEE);
  __m256 total = _mm256_permute2f128_ps(b0, b4, 0x20);
  total = _mm256_add_ps(total, _mm256_permute2f128_ps(b1, b5, 0x20));
  total = _mm256_add_ps(total, _mm256_permute2f128_ps(b2, b6, 0x20));
  total = _mm256_add_ps(total, _mm256_permute2f128_ps(b3, b7, 0x20));
  total = _mm256_add_ps(total, _mm256_permute2f128_ps(b0, b4, 0x31));
  total = _mm256_add_ps(total, _mm256_permute2f128_ps(b1, b5, 0x31));
  total = _mm256_add_ps(total, _mm256_permute2f128_ps(b2, b6, 0x31));
  return _mm256_add_ps(total, _mm256_permute2f128_ps(b3, b7, 0x31));
}

/// One dot product with one accumulator of eight lanes.
WIDE static inline float single(const float *left, const float *right, ptrdiff_t width) {
  __m256 sum = _mm256_setzero_ps();
  ptrdiff_t whole = width / 8 * 8;
  for (ptrdiff_t index = 0; index < whole; index += 8) {
    sum = _mm256_add_ps(
        sum, _mm256_mul_ps(_mm256_loadu_ps(left + index), _mm256_loadu_ps(right + index)));
  }
  float total = lane_sum(sum);
  for (ptrdiff_t index = whole; index < width; index++) total += left[index] * right[index];
  return total;
}

/// Two rows of `left` with four of `right`: each number that is loaded serves several sums.
WIDE static inline void tile(
    const float *left, const float *right, ptrdiff_t width, float *first, float *second) {
  __m256 sums[8];
  for (int place = 0; place < 8; place++) sums[place] = _mm256_setzero_ps();
  ptrdiff_t whole = width / 8 * 8;
  for (ptrdiff_t index = 0; index < whole; index += 8) {
    __m256 one = _mm256_loadu_ps(left + index);
    __m256 two = _mm256_loadu_ps(left + width + index);
    for (int column = 0; column < 4; column++) {
      __m256 value = _mm256_loadu_ps(right + column * width + index);
      sums[column] = _mm256_add_ps(sums[column], _mm256_mul_ps(one, value));
      sums[4 + column] = _mm256_add_ps(sums[4 + column], _mm256_mul_ps(two, value));
    }
  }
  float totals[8];
  _mm256_storeu_ps(totals, lane_sums(sums));
  for (int column = 0; column < 4; column++) {
    for (ptrdiff_t index = whole; index < width; index++) {
      float value = right[column * width + index];
      totals[column] += left[index] * value;
      totals[4 + column] += left[width + index] * value;
    }
    first[column] = totals[column];
    second[column] = totals[4 + column];
  }
}

// So many bytes of `right` are used for all rows of `left` before the next ones: they stay in the first-level cache.
static const ptrdiff_t cached_bytes = 24 << 10;

WIDE void emend_products(
    const float *left, ptrdiff_t left_rows, const float *right, ptrdiff_t right_rows,
    ptrdiff_t width, float *result) {
  ptrdiff_t block = cached_bytes / (4 * (width > 0 ? width : 1)) / 4 * 4;
  if (block < 4) block = 4;
  for (ptrdiff_t start = 0; start < right_rows; start += block) {
    ptrdiff_t end = start + block < right_rows ? start + block : right_rows;
    ptrdiff_t tiled = start + (end - start) / 4 * 4;
    ptrdiff_t row = 0;
    for (; row + 2 <= left_rows; row += 2) {
      const float *source = left + row * width;
      float *out = result + row * right_rows;
      for (ptrdiff_t column = start; column < tiled; column += 4) {
        tile(source, right + column * width, width, out + column, out + right_rows + column);
      }
      for (ptrdiff_t column = tiled; column < end; column++) {
        out[column] = single(source, right + column * width, width);
        out[right_rows + column] = single(source + width, right + column * width, width);
      }
    }
    for (; row < left_rows; row++) {
      for (ptrdiff_t column = start; column < end; column++) {
        result[row * right_rows + column] =
            single(left + row * width, right + column * width, width);
      }
    }
  }
}

WIDE float emend_dot_product(const float *left, const float *right, ptrdiff_t count) {
  __m256 sum0 = _mm256_setzero_ps(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  ptrdiff_t whole = count / 32 * 32;
  for (ptrdiff_t index = 0; index < whole; index += 32) {
    sum0 = _mm256_add_ps(
        sum0, _mm256_mul_ps(_mm256_loadu_ps(left + index), _mm256_loadu_ps(right + index)));
    sum1 = _mm256_add_ps(
        sum1,
        _mm256_mul_ps(_mm256_loadu_ps(left + index + 8), _mm256_loadu_ps(right + index + 8)));
    sum2 = _mm256_add_ps(
        sum2,
        _mm256_mul_ps(_mm256_loadu_ps(left + index + 16), _mm256_loadu_ps(right + index + 16)));
    sum3 = _mm256_add_ps(
        sum3,
        _mm256_mul_ps(_mm256_loadu_ps(left + index + 24), _mm256_loadu_ps(right + index + 24)));
  }
  float total = lane_sum(_mm256_add_ps(_mm256_add_ps(sum0, sum1), _mm256_add_ps(sum2, sum3)));
  for (ptrdiff_t index = whole; index < count; index++) total += left[index] * right[index];
  return total;
}

WIDE void emend_to_half(const float *values, ptrdiff_t count, uint16_t *result) {
  ptrdiff_t index = 0;
  for (; index + 8 <= count; index += 8) {
    _mm_storeu_si128(
        (__m128i *)(result + index),
        _mm256_cvtps_ph(_mm256_loadu_ps(values + index), _MM_FROUND_TO_NEAREST_INT));
  }
  for (; index < count; index++) result[index] = _cvtss_sh(values[index], _MM_FROUND_TO_NEAREST_INT);
}

WIDE void emend_from_half(const uint16_t *values, ptrdiff_t count, float *result) {
  ptrdiff_t index = 0;
  for (; index + 8 <= count; index += 8) {
    _mm256_storeu_ps(
        result + index, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(values + index))));
  }
  for (; index < count; index++) result[index] = _cvtsh_ss(values[index]);
}

#else

int emend_kernels_are_available(void) { return 0; }

void emend_products(
    const float *left, ptrdiff_t left_rows, const float *right, ptrdiff_t right_rows,
    ptrdiff_t width, float *result) {
  (void)left, (void)left_rows, (void)right, (void)right_rows, (void)width, (void)result;
  __builtin_trap();
}

float emend_dot_product(const float *left, const float *right, ptrdiff_t count) {
  (void)left, (void)right, (void)count;
  __builtin_trap();
}

void emend_to_half(const float *values, ptrdiff_t count, uint16_t *result) {
  (void)values, (void)count, (void)result;
  __builtin_trap();
}

void emend_from_half(const uint16_t *values, ptrdiff_t count, float *result) {
  (void)values, (void)count, (void)result;
  __builtin_trap();
}

#endif
