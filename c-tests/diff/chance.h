/* Much by chance, the same on both libraries: numbers from a seed, and one number
 * that says whether long results are equal. */
#ifndef CHANCE_H
#define CHANCE_H

#include "trace.h"

static uint32_t seed = 12345;
static uint64_t digest = 1469598103934665603u;

/* A number below `below`. */
HELPER uint32_t chance(uint32_t below) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % below;
}

HELPER void digested(const void *data, size_t n) {
  const unsigned char *p = data;
  while (n--) digest = (digest ^ *p++) * 1099511628211u;
}

#endif
