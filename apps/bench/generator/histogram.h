#pragma once
#include <stdint.h>

/* Log-linear: 64 steps to every doubling, so a quantile is at most 1.6 % too high. */
#define HISTOGRAM_STEP_BITS 6
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEP_BITS)
#define HISTOGRAM_BINS ((64 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

typedef struct {
  uint64_t count;
  uint64_t max;
  uint64_t bins[HISTOGRAM_BINS];
} Histogram;

void histogram_clear(Histogram *);

/* The top of the bin in which the quantile is, but no more than the highest value; 0 when nothing was recorded. */
uint64_t histogram_quantile(const Histogram *, double quantile);

static inline unsigned highest_bit(uint64_t value) {
#ifdef __TINYC__ /* has no builtins */
  unsigned bit = 0;
  while (value >>= 1) bit++;
  return bit;
#else
  return 63u - (unsigned)__builtin_clzll(value);
#endif
}

static inline void histogram_record(Histogram *of, uint64_t value) {
  const unsigned shift = highest_bit(value | HISTOGRAM_STEPS) - HISTOGRAM_STEP_BITS;
  of->bins[shift * HISTOGRAM_STEPS + (unsigned)(value >> shift)]++;
  of->count++;
  if (value > of->max) of->max = value;
}
