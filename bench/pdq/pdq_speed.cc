// Times the photo word of one picture: pdq_speed PICTURE.ppm ROUNDS, a P5 or P6 file of up to 255.
// Prints the kernel, the word, and milliseconds a call: median over the rounds, one word and all
// eight. bench/pdq/run.py sets it beside its peer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/pdq/pixmap.h"
#include "fingerprint/pdq_kernel.h"
#include "fingerprint/photo_word.h"

namespace {

using jikimi::Pixels;

template <typename Call>
double MedianMilliseconds(int rounds, const Call& call) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    call();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const Pixels picture = argc == 3 ? jikimi::bench::ReadPixmap(argv[1]) : Pixels();
  const int rounds = argc == 3 ? std::atoi(argv[2]) : 0;
  if (picture.empty() || rounds < 1) {
    std::fprintf(stderr, "usage: pdq_speed PICTURE.ppm ROUNDS\n");
    return 2;
  }
  jikimi::fingerprint::PhotoWord word;
  const double one =
      MedianMilliseconds(rounds, [&] { word = jikimi::fingerprint::PhotoWordOf(picture.view()); });
  jikimi::fingerprint::PhotoWords words;
  const double eight = MedianMilliseconds(
      rounds, [&] { words = jikimi::fingerprint::PhotoWordsOf(picture.view()); });
  if (words.words[0] != word.word) return 1;
  std::printf("%s %s %.5f %.5f\n", jikimi::fingerprint::PdqKernelName(), word.word.ToHex().c_str(),
              one, eight);
  return 0;
}
