#include "fingerprint/fingerprint_form.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace jikimi::fingerprint {
namespace {

constexpr std::array<char, 4> kMagic = {'J', 'K', 'F', 'P'};
constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
constexpr std::size_t kLeastPictureBytes = 12 + kDihedrals * Word256::kBytes;
constexpr std::size_t kInnerBytes = 20 + kDihedrals * Word256::kBytes;
constexpr std::size_t kPatchBytes = 40;
constexpr std::size_t kFrameBytes = 48;

constexpr float kScaleSteps = 64;                          // a pixel
constexpr float kAngleSteps = 32768 / 6.283185307179586f;  // a radian
constexpr std::uint16_t kBright = 0x8000;

// The step that holds `value`, of steps numbered from 0 to `last`.
std::uint16_t Step(float value, float steps, int last) {
  return static_cast<std::uint16_t>(std::clamp(
      static_cast<double>(value) * static_cast<double>(steps), 0.0, static_cast<double>(last)));
}

// The middle of a step, from which Step() gives it again.
float Middle(int step, float steps) {
  return static_cast<float>((step + 0.5) / static_cast<double>(steps));
}

float StepsAlong(int side) { return 65536.0f / static_cast<float>(std::max(1, side)); }

void PutWord(const Word256& word, ByteWriter* out) {
  std::array<std::byte, Word256::kBytes> bytes;
  word.ToBytes(bytes);
  out->PutBytes(bytes);
}

void PutPicture(const PictureFingerprint& picture, ByteWriter* out) {
  out->Put(static_cast<std::uint32_t>(picture.width));
  out->Put(static_cast<std::uint32_t>(picture.height));
  out->Put(static_cast<std::uint8_t>(picture.whole_quality));
  out->Put(static_cast<std::uint8_t>(picture.inner.size()));
  out->Put(static_cast<std::uint16_t>(picture.patches.size()));
  for (const Word256& word : picture.whole) PutWord(word, out);
  for (const auto& inner : picture.inner) {
    for (const float value :
         {inner.region.x, inner.region.y, inner.region.width, inner.region.height}) {
      out->Put(value);
    }
    out->Put(static_cast<std::uint32_t>(inner.quality));
    for (const Word256& word : inner.words) PutWord(word, out);
  }
  for (const Patch& patch : picture.patches) {
    PutWord(patch.word, out);
    out->Put(Step(patch.x, StepsAlong(picture.width), 65535));
    out->Put(Step(patch.y, StepsAlong(picture.height), 65535));
    out->Put(Step(patch.scale, kScaleSteps, 65535));
    const std::uint16_t angle = Step(patch.angle, kAngleSteps, 32767);
    out->Put(static_cast<std::uint16_t>(patch.bright ? angle | kBright : angle));
  }
}

Error Corrupt(const std::string& what) { return {ErrorCode::kCorrupt, what}; }

Result<Word256> TakeWord(ByteReader* in) {
  const auto bytes = TRY(in->TakeBytes(Word256::kBytes));
  return Word256::FromBytes(bytes.first<Word256::kBytes>());
}

Result<void> TakeWords(ByteReader* in, std::array<Word256, kDihedrals>* words) {
  for (Word256& word : *words) word = TRY(TakeWord(in));
  return {};
}

// A count that the bytes that are left can hold, so that no memory is taken on its word alone.
Result<void> CheckCount(std::uint64_t count, std::size_t least_bytes, const ByteReader& in,
                        const std::string& of) {
  if (count * least_bytes <= in.remaining()) return {};
  return Corrupt("byte " + std::to_string(in.offset()) + ": " + std::to_string(count) + " " + of +
                 " do not fit into the " + std::to_string(in.remaining()) + " bytes that are left");
}

Result<Patch> TakePatch(const PictureFingerprint& picture, ByteReader* in) {
  Patch patch;
  patch.word = TRY(TakeWord(in));
  patch.x = Middle(TRY(in->Take<std::uint16_t>()), StepsAlong(picture.width));
  patch.y = Middle(TRY(in->Take<std::uint16_t>()), StepsAlong(picture.height));
  patch.scale = Middle(TRY(in->Take<std::uint16_t>()), kScaleSteps);
  const auto angle = TRY(in->Take<std::uint16_t>());
  patch.angle = Middle(angle & (kBright - 1), kAngleSteps);
  patch.bright = (angle & kBright) != 0;
  return patch;
}

Result<PictureFingerprint> TakePicture(ByteReader* in) {
  PictureFingerprint picture;
  const auto width = TRY(in->Take<std::uint32_t>());
  const auto height = TRY(in->Take<std::uint32_t>());
  if (width > kMaxSide || height > kMaxSide) {
    return Corrupt("byte " + std::to_string(in->offset() - 8) + ": a side of over 2^24 pixels");
  }
  picture.width = static_cast<int>(width);
  picture.height = static_cast<int>(height);
  picture.whole_quality = TRY(in->Take<std::uint8_t>());
  const auto inner = TRY(in->Take<std::uint8_t>());
  const auto patches = TRY(in->Take<std::uint16_t>());
  TRY(TakeWords(in, &picture.whole));
  TRY(CheckCount(inner, kInnerBytes, *in, "inner pictures"));
  for (int i = 0; i < inner; ++i) {
    PictureFingerprint::Inner& part = picture.inner.emplace_back();
    for (float* value : {&part.region.x, &part.region.y, &part.region.width, &part.region.height}) {
      *value = TRY(in->Take<float>());
    }
    const auto quality = TRY(in->Take<std::uint32_t>());
    if (quality > 100) {
      return Corrupt("byte " + std::to_string(in->offset() - 4) + ": a quality of over 100");
    }
    part.quality = static_cast<int>(quality);
    TRY(TakeWords(in, &part.words));
  }
  if (patches > 0 && (width == 0 || height == 0)) {
    return Corrupt("byte " + std::to_string(in->offset()) + ": patches of an empty picture");
  }
  TRY(CheckCount(patches, kPatchBytes, *in, "patches"));
  picture.patches.reserve(patches);
  for (int i = 0; i < patches; ++i) picture.patches.push_back(TRY(TakePatch(picture, in)));
  return picture;
}

Result<FrameWord> TakeFrame(ByteReader* in) {
  FrameWord frame;
  frame.time_us = TRY(in->Take<std::int64_t>());
  frame.frame = TRY(in->Take<std::uint32_t>());
  const auto quality = TRY(in->Take<std::uint32_t>());
  if (quality > 100) {
    return Corrupt("byte " + std::to_string(in->offset() - 4) + ": a quality of over 100");
  }
  frame.quality = static_cast<int>(quality);
  frame.word = TRY(TakeWord(in));
  return frame;
}

}  // namespace

Result<std::vector<std::byte>> WriteFingerprint(const Fingerprint& fingerprint) {
  TRY(CheckSound(fingerprint));
  ByteWriter out;
  out.PutBytes(std::as_bytes(std::span(kMagic)));
  out.Put(kFingerprintFormVersion);
  out.Put(static_cast<std::uint16_t>(fingerprint.kind));
  out.Put(static_cast<std::uint32_t>(fingerprint.pictures.size()));
  out.Put(static_cast<std::uint32_t>(fingerprint.frames.size()));
  out.Put(static_cast<std::uint32_t>(fingerprint.key_frames.size()));
  out.Put(fingerprint.duration_us);
  for (const PictureFingerprint& picture : fingerprint.pictures) PutPicture(picture, &out);
  for (const FrameWord& frame : fingerprint.frames) {
    out.Put(frame.time_us);
    out.Put(frame.frame);
    out.Put(static_cast<std::uint32_t>(frame.quality));
    PutWord(frame.word, &out);
  }
  for (const KeyFrame& key_frame : fingerprint.key_frames) {
    out.Put(key_frame.time_us);
    PutPicture(key_frame.picture, &out);
  }
  out.Put(Crc32c(out.bytes()));
  return std::move(out).Take();
}

Result<Fingerprint> ReadFingerprint(std::span<const std::byte> bytes) {
  if (bytes.size() < kMagic.size() ||
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return Error{ErrorCode::kUnsupported, "byte 0: not a fingerprint (no JKFP)"};
  }
  ByteReader in(bytes.subspan(kMagic.size()));
  const auto version = TRY(in.Take<std::uint16_t>());
  if (version != kFingerprintFormVersion) {
    return Error{ErrorCode::kUnsupported, "byte 4: version " + std::to_string(version) +
                                              " of the fingerprint form; this reads version 1"};
  }
  if (bytes.size() < kMagic.size() + sizeof(version) + kChecksumBytes) {
    return Corrupt("byte " + std::to_string(bytes.size()) + ": cut off in the header");
  }
  const auto body = bytes.first(bytes.size() - kChecksumBytes);
  std::uint32_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + body.size(), sizeof(checksum));
  if (Crc32c(body) != checksum) {
    return Corrupt("byte " + std::to_string(body.size()) +
                   ": the checksum does not fit: bytes were changed or cut off");
  }

  // Offsets in messages count from the first byte of the form.
  in = ByteReader(body);
  TRY(in.TakeBytes(kMagic.size() + sizeof(version)));
  Fingerprint fingerprint;
  const auto kind = TRY(in.Take<std::uint16_t>());
  if (kind != static_cast<int>(Kind::kPhoto) && kind != static_cast<int>(Kind::kVideo)) {
    return Corrupt("byte 6: kind " + std::to_string(kind) + " is neither a photo nor a video");
  }
  fingerprint.kind = static_cast<Kind>(kind);
  const auto pictures = TRY(in.Take<std::uint32_t>());
  const auto frames = TRY(in.Take<std::uint32_t>());
  const auto key_frames = TRY(in.Take<std::uint32_t>());
  fingerprint.duration_us = TRY(in.Take<std::int64_t>());
  TRY(CheckCount(pictures, kLeastPictureBytes, in, "pictures"));
  for (std::uint32_t i = 0; i < pictures; ++i) {
    fingerprint.pictures.push_back(TRY(TakePicture(&in)));
  }
  TRY(CheckCount(frames, kFrameBytes, in, "frames"));
  fingerprint.frames.reserve(frames);
  for (std::uint32_t i = 0; i < frames; ++i) fingerprint.frames.push_back(TRY(TakeFrame(&in)));
  TRY(CheckCount(key_frames, sizeof(std::int64_t) + kLeastPictureBytes, in, "key frames"));
  for (std::uint32_t i = 0; i < key_frames; ++i) {
    const auto time_us = TRY(in.Take<std::int64_t>());
    fingerprint.key_frames.push_back({time_us, TRY(TakePicture(&in))});
  }
  if (in.remaining() != 0) {
    return Corrupt("byte " + std::to_string(in.offset()) + ": " + std::to_string(in.remaining()) +
                   " bytes too many");
  }
  if (auto sound = CheckSound(fingerprint); !sound.has_value()) {
    return Corrupt(sound.error().message);
  }
  return fingerprint;
}

}  // namespace jikimi::fingerprint
