#ifndef JIKIMI_FINGERPRINT_FINGERPRINT_H_
#define JIKIMI_FINGERPRINT_FINGERPRINT_H_

#include <array>
#include <cstdint>
#include <vector>

#include "base/word256.h"
#include "fingerprint/patch.h"

namespace jikimi::fingerprint {

enum class Kind : std::uint8_t { kPhoto = 1, kVideo = 2 };

// The eight ways to turn and mirror a picture, in the order of the PDQ reference.
enum class Dihedral : std::uint8_t {
  kOriginal,
  kRotate90,
  kRotate180,
  kRotate270,
  kFlipX,
  kFlipY,
  kFlipPlus1,
  kFlipMinus1
};
inline constexpr int kDihedrals = 8;

// PDQ and its quality, 0 to 100. Below kPlainQuality a picture is too plain for its word to mean
// anything by itself.
struct PhotoWord {
  Word256 word;
  int quality = 0;

  friend bool operator==(const PhotoWord&, const PhotoWord&) = default;
};
inline constexpr int kPlainQuality = 50;

// A rectangle in pixels of the picture as shown.
struct Region {
  float x = 0, y = 0, width = 0, height = 0;

  friend bool operator==(const Region&, const Region&) = default;
};

// One picture: a photo, one frame of an animation, or a key frame of a video. Words of the whole
// and, where a letterbox, frame or screen chrome was recognised, of the inner picture too. The
// patches are of the whole (the inner picture's patches are among them).
struct PictureFingerprint {
  int width = 0, height = 0;                   // pixels, as shown (orientation applied)
  std::array<Word256, kDihedrals> whole = {};  // PDQ in Dihedral order
  int whole_quality = 0;                       // 0 to 100
  struct Inner {
    Region region;
    std::array<Word256, kDihedrals> words = {};
    int quality = 0;
  };
  std::vector<Inner> inner;    // at most 3
  std::vector<Patch> patches;  // at most a few hundred
  // To ask with (ExtractQueryPatches): how sure the bits of each patch's word are. Empty, or one a
  // patch. Not part of what is stored or exchanged.
  std::vector<BitMargins> margins;
};

// vPDQ: the word of one frame of a video.
struct FrameWord {
  std::uint32_t frame = 0;   // number of the frame, from 0
  std::int64_t time_us = 0;  // presentation time from the first frame, microseconds
  Word256 word;
  int quality = 0;  // 0 to 100
};

// A key frame: a moment of a video as a picture. At least one where the content changes.
struct KeyFrame {
  std::int64_t time_us = 0;
  PictureFingerprint picture;
};

// Everything by which a photo or a video is found again. It says nothing of where it came from.
struct Fingerprint {
  Kind kind = Kind::kPhoto;
  std::vector<PictureFingerprint> pictures;  // photo: one; animation: its distinct frames
  std::vector<FrameWord> frames;             // video only, in time order
  std::vector<KeyFrame> key_frames;          // video only, in time order
  std::int64_t duration_us = 0;              // video only
};

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_FINGERPRINT_H_
