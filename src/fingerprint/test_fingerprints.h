#ifndef JIKIMI_FINGERPRINT_TEST_FINGERPRINTS_H_
#define JIKIMI_FINGERPRINT_TEST_FINGERPRINTS_H_

#include "base/random.h"
#include "fingerprint/fingerprint.h"

namespace jikimi::fingerprint {

inline Word256 TestWord(SplitMix64* random) {
  return Word256({random->Next(), random->Next(), random->Next(), random->Next()});
}

inline PictureFingerprint TestPictureFingerprint(SplitMix64* random, int patches) {
  PictureFingerprint picture;
  picture.width = 100 + static_cast<int>(random->Below(2000));
  picture.height = 100 + static_cast<int>(random->Below(2000));
  picture.whole_quality = static_cast<int>(random->Below(101));
  for (Word256& word : picture.whole) word = TestWord(random);
  PictureFingerprint::Inner inner;
  inner.region = {3.5f, 7.25f, static_cast<float>(picture.width) / 2,
                  static_cast<float>(picture.height) / 3};
  inner.quality = 77;
  for (Word256& word : inner.words) word = TestWord(random);
  picture.inner.push_back(inner);
  for (int i = 0; i < patches; ++i) {
    const auto unit = [&] { return static_cast<float>(random->Unit()); };
    picture.patches.push_back({TestWord(random), unit() * static_cast<float>(picture.width),
                               unit() * static_cast<float>(picture.height), 1 + 40 * unit(),
                               6.28f * unit(), random->Below(2) == 1});
  }
  return picture;
}

inline Fingerprint TestPhoto(std::uint64_t seed) {
  SplitMix64 random(seed);
  Fingerprint photo;
  photo.pictures.push_back(TestPictureFingerprint(&random, 20));
  return photo;
}

inline Fingerprint TestVideo(std::uint64_t seed) {
  SplitMix64 random(seed);
  Fingerprint video;
  video.kind = Kind::kVideo;
  video.duration_us = 5'000'000;
  for (std::uint32_t i = 0; i < 5; ++i) {
    video.frames.push_back({30 * i, std::int64_t{1'000'000} * i, TestWord(&random), 90});
  }
  for (std::int64_t i = 0; i < 3; ++i) {
    video.key_frames.push_back({1'500'000 * i, TestPictureFingerprint(&random, 8)});
  }
  return video;
}

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_TEST_FINGERPRINTS_H_
