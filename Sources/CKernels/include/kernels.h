#ifndef EMEND_KERNELS_H
#define EMEND_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// Inner loops for which Swift cannot choose instructions when the program runs. Sources/Vectors calls them, and has
// the same loops in Swift for processors without these instructions. Both add in the same order, without fused
// operations, so their results are equal to the bit.

/// Whether the processor has the instructions (AVX2 and F16C) that the other functions need.
int emend_kernels_are_available(void);

/// Writes `left · rightᵀ` into `result`, row by row, as `products` in Product+Unsafe.swift does.
void emend_products(
    const float *left, ptrdiff_t left_rows, const float *right, ptrdiff_t right_rows,
    ptrdiff_t width, float *result);

/// The dot product of two vectors, as `dotProduct` in DotProduct+Unsafe.swift computes it.
float emend_dot_product(const float *left, const float *right, ptrdiff_t count);

/// Rounds to half precision, to the nearest, ties to even.
void emend_to_half(const float *values, ptrdiff_t count, uint16_t *result);

void emend_from_half(const uint16_t *values, ptrdiff_t count, float *result);

// The inner loops of `symmetricEigen`, for every processor.

double emend_dot_product_of_doubles(const double *first, const double *second, ptrdiff_t count);

/// The dot product of `first` and `second`; adds `first · factor` to `result` on the way.
double emend_dot_product_and_add(
    const double *first, const double *second, double factor, double *result, ptrdiff_t count);

/// Turns each row i + 1 of eight numbers against row i, for i from `top` − 1 down to `bottom`, by one rotation after
/// the other from number `first` on.
void emend_turn_rows(
    double *rows, const double *cosines, const double *sines, ptrdiff_t first, ptrdiff_t top,
    ptrdiff_t bottom);

#endif
