// Times a photo file to its photo word, decoding in the sandboxed worker included:
//   pdq_file ROUNDS FILE...
// Prints for each file: the word, its quality, and the median in milliseconds. bench/pdq/files.py
// sets it beside its peer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "fingerprint/photo_word.h"
#include "media/decoder_pool.h"
#include "media/worker.h"

int main(int argc, char** argv) {
  jikimi::media::WorkerMainIfAsked(argc, argv);
  const int rounds = argc > 2 ? std::atoi(argv[1]) : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: pdq_file ROUNDS FILE...\n");
    return 2;
  }
  const auto pool = jikimi::media::DecoderPool::Create();
  if (!pool.has_value()) return 1;
  jikimi::media::DecodeRequest request;
  request.target_side = 500;  // 4,000 pixels come out of a JPEG at an eighth
  for (int i = 2; i < argc; ++i) {
    std::vector<double> times;
    jikimi::fingerprint::PhotoWord word;
    for (int round = 0; round < rounds; ++round) {
      const auto start = std::chrono::steady_clock::now();
      const auto photo = (*pool)->DecodePhotoFile(argv[i], request);
      if (!photo.has_value()) {
        std::fprintf(stderr, "%s\n", photo.error().message.c_str());
        return 1;
      }
      word = jikimi::fingerprint::PhotoWordOf(photo->pixels.view(), photo->info.width,
                                              photo->info.height);
      times.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
              .count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%s %d %.3f\n", word.word.ToHex().c_str(), word.quality, times[times.size() / 2]);
  }
  return 0;
}
