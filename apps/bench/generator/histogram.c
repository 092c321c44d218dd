#include "histogram.h"

#include <string.h>

void histogram_clear(Histogram *of) { memset(of, 0, sizeof *of); }

static uint64_t top_of(unsigned bin) {
  if (bin < 2 * HISTOGRAM_STEPS) return bin;
  const unsigned shift = bin / HISTOGRAM_STEPS - 1;
  return ((uint64_t)(bin - shift * HISTOGRAM_STEPS + 1) << shift) - 1;
}

uint64_t histogram_quantile(const Histogram *of, double quantile) {
  uint64_t seen = 0;
  for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++) {
    seen += of->bins[bin];
    if (seen == 0 || (double)seen < quantile * (double)of->count) continue;
    const uint64_t top = top_of(bin);
    return top < of->max ? top : of->max;
  }
  return 0;
}
