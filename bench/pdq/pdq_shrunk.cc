// How far the word of a shrunk picture is from its full size's: pdq_shrunk FULL.ppm SHRUNK.ppm...
// Prints the full size's quality, then for each shrunk one the bits between the words when the full
// size is known, and when it isn't. bench/pdq/shrunk.py runs it over a folder of photographs.
#include <cstdio>

#include "bench/pdq/pixmap.h"
#include "fingerprint/photo_word.h"

int main(int argc, char** argv) {
  using jikimi::fingerprint::PhotoWordOf;
  const jikimi::Pixels full = argc > 2 ? jikimi::bench::ReadPixmap(argv[1]) : jikimi::Pixels();
  if (full.empty()) {
    std::fprintf(stderr, "usage: pdq_shrunk FULL.ppm SHRUNK.ppm...\n");
    return 2;
  }
  const auto truth = PhotoWordOf(full.view());
  std::printf("%d", truth.quality);
  for (int i = 2; i < argc; ++i) {
    const jikimi::Pixels shrunk = jikimi::bench::ReadPixmap(argv[i]);
    if (shrunk.empty()) return 2;
    const auto known = PhotoWordOf(shrunk.view(), full.width(), full.height());
    std::printf(" %d %d", HammingDistance(known.word, truth.word),
                HammingDistance(PhotoWordOf(shrunk.view()).word, truth.word));
  }
  std::printf("\n");
  return 0;
}
