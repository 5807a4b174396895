#include "gallery/item_record.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace jikimi::gallery {
namespace {

using fingerprint::FrameWord;
using fingerprint::Kind;
using fingerprint::Patch;
using fingerprint::PictureFingerprint;
using search::TablePatch;

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kPlaces = 65535;  // along the longer side
constexpr double kScaleBias = 8;   // doublings: scales from 1/256 pixel up

Error Bad(std::string what) {
  return Error{ErrorCode::kInvalidArgument, "fingerprint: " + std::move(what)};
}

std::uint16_t Rounded16(double value) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0, 65535.0)));
}

bool Within(float value, double low, double high) {
  return std::isfinite(value) && static_cast<double>(value) >= low &&
         static_cast<double>(value) <= high;
}

bool QualityOk(int quality) { return quality >= 0 && quality <= 100; }

bool RegionOk(const fingerprint::Region& region, int width, int height) {
  return Within(region.x, 0, width) && Within(region.y, 0, height) &&
         Within(region.width, 0, width) && Within(region.height, 0, height);
}

Result<void> CheckPicture(const PictureFingerprint& picture) {
  if (picture.width < 1 || picture.height < 1 || picture.width > kMaxSide ||
      picture.height > kMaxSide) {
    return Bad("a picture of " + std::to_string(picture.width) + " x " +
               std::to_string(picture.height) + " pixels");
  }
  if (!QualityOk(picture.whole_quality)) {
    return Bad("a quality of " + std::to_string(picture.whole_quality));
  }
  if (picture.inner.size() > kMaxInner) return Bad("more than 3 inner pictures");
  for (const PictureFingerprint::Inner& inner : picture.inner) {
    if (!RegionOk(inner.region, picture.width, picture.height) || !QualityOk(inner.quality)) {
      return Bad("an inner picture outside of its picture");
    }
  }
  if (!picture.margins.empty() && picture.margins.size() != picture.patches.size()) {
    return Bad("margins for some of its patches only");
  }
  for (const Patch& patch : picture.patches) {
    // A patch at the rim may have its centre a little outside.
    if (!Within(patch.x, -16, picture.width + 16) || !Within(patch.y, -16, picture.height + 16) ||
        !Within(patch.scale, 1e-2, 1e6) || !Within(patch.angle, -1e3, 1e3)) {
      return Bad("a patch outside of its picture");
    }
  }
  return {};
}

PictureRecord KeptOf(const PictureFingerprint& picture, std::int64_t time_us) {
  PictureRecord kept;
  kept.time_us = time_us;
  kept.width = picture.width;
  kept.height = picture.height;
  kept.word = picture.whole[0];
  kept.quality = picture.whole_quality;
  for (const auto& inner : picture.inner) {
    kept.inner.push_back({inner.region, inner.words[0], inner.quality});
  }
  const std::size_t count = std::min<std::size_t>(picture.patches.size(), kPatchesKept);
  for (std::size_t i = 0; i < count; ++i) {
    kept.patches.push_back(PackPatch(picture.patches[i], picture.width, picture.height));
  }
  return kept;
}

void PutWord(const Word256& word, ByteWriter& writer) {
  for (const std::uint64_t limb : word.limbs()) writer.Put(limb);
}

Result<Word256> TakeWord(ByteReader& reader) {
  return Word256::FromBytes(TRY(reader.TakeBytes(Word256::kBytes)).first<Word256::kBytes>());
}

Error Senseless(const ByteReader& reader, std::string_view what) {
  return Error{ErrorCode::kCorrupt,
               "item: byte " + std::to_string(reader.offset()) + ": " + std::string(what)};
}

Result<PictureRecord> TakePicture(ByteReader& reader) {
  PictureRecord picture;
  picture.time_us = TRY(reader.Take<std::int64_t>());
  const auto width = TRY(reader.Take<std::uint32_t>());
  const auto height = TRY(reader.Take<std::uint32_t>());
  picture.quality = TRY(reader.Take<std::uint8_t>());
  const auto inner_count = TRY(reader.Take<std::uint8_t>());
  const auto patch_count = TRY(reader.Take<std::uint16_t>());
  TRY(reader.Take<std::uint32_t>());
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide || picture.time_us < 0 ||
      !QualityOk(picture.quality) || inner_count > kMaxInner || patch_count > kPatchesKept) {
    return Senseless(reader, "a picture's values are out of bounds");
  }
  picture.width = static_cast<int>(width);
  picture.height = static_cast<int>(height);
  picture.word = TRY(TakeWord(reader));
  for (int i = 0; i < inner_count; ++i) {
    InnerRecord inner;
    inner.region.x = TRY(reader.Take<float>());
    inner.region.y = TRY(reader.Take<float>());
    inner.region.width = TRY(reader.Take<float>());
    inner.region.height = TRY(reader.Take<float>());
    inner.quality = static_cast<int>(std::min(TRY(reader.Take<std::uint32_t>()), 101U));
    TRY(reader.Take<std::uint32_t>());
    inner.word = TRY(TakeWord(reader));
    if (!QualityOk(inner.quality) || !RegionOk(inner.region, picture.width, picture.height)) {
      return Senseless(reader, "an inner picture's values are out of bounds");
    }
    picture.inner.push_back(inner);
  }
  const auto patches = TRY(reader.TakeBytes(std::size_t{patch_count} * sizeof(TablePatch)));
  picture.patches.resize(patch_count);
  if (patch_count != 0) std::memcpy(picture.patches.data(), patches.data(), patches.size());
  return picture;
}

}  // namespace

TablePatch PackPatch(const Patch& patch, int width, int height) {
  const double places = kPlaces / std::max(width, height);
  TablePatch packed;
  packed.word = patch.word;
  packed.x = Rounded16(static_cast<double>(patch.x) * places);
  packed.y = Rounded16(static_cast<double>(patch.y) * places);
  packed.log_scale = Rounded16((std::log2(static_cast<double>(patch.scale)) + kScaleBias) *
                               TablePatch::kScaleSteps);
  const double turns = static_cast<double>(patch.angle) / kTurn;
  const auto angle = static_cast<std::uint32_t>(std::lround((turns - std::floor(turns)) * 32768));
  packed.angle = static_cast<std::uint16_t>((angle & 32767) << 1 | (patch.bright ? 1 : 0));
  return packed;
}

Patch UnpackPatch(const TablePatch& packed, int width, int height) {
  const double place = std::max(width, height) / kPlaces;
  Patch patch;
  patch.word = packed.word;
  patch.x = static_cast<float>(packed.x * place);
  patch.y = static_cast<float>(packed.y * place);
  patch.scale = static_cast<float>(
      std::exp2(static_cast<double>(packed.log_scale) / TablePatch::kScaleSteps - kScaleBias));
  patch.angle = static_cast<float>((packed.angle >> 1) * (kTurn / 32768));
  patch.bright = (packed.angle & 1) != 0;
  return patch;
}

Result<void> CheckFingerprint(const fingerprint::Fingerprint& fingerprint) {
  const bool video = fingerprint.kind == Kind::kVideo;
  if (!video && fingerprint.kind != Kind::kPhoto) return Bad("neither a photo nor a video");
  if (video ? !fingerprint.pictures.empty()
            : !fingerprint.frames.empty() || !fingerprint.key_frames.empty()) {
    return Bad("pictures belong to photos, frames to videos");
  }
  if (fingerprint.pictures.size() > kMaxPictures || fingerprint.key_frames.size() > kMaxPictures ||
      fingerprint.frames.size() > kMaxFrames) {
    return Bad("more than " + std::to_string(kMaxFrames) + " frames");
  }
  for (const auto& picture : fingerprint.pictures) TRY(CheckPicture(picture));
  std::int64_t last = 0;
  for (const auto& key_frame : fingerprint.key_frames) {
    TRY(CheckPicture(key_frame.picture));
    if (key_frame.time_us < last) return Bad("key frames out of order");
    last = key_frame.time_us;
  }
  last = 0;
  for (const FrameWord& frame : fingerprint.frames) {
    if (!QualityOk(frame.quality)) return Bad("a quality of " + std::to_string(frame.quality));
    if (frame.time_us < last) return Bad("frames out of order");
    last = frame.time_us;
  }
  if (fingerprint.duration_us < 0) return Bad("a negative duration");
  return {};
}

Result<ItemRecord> MakeItemRecord(const fingerprint::Fingerprint& fingerprint) {
  TRY(CheckFingerprint(fingerprint));
  ItemRecord item;
  item.kind = fingerprint.kind;
  item.duration_us = fingerprint.duration_us;
  for (const auto& picture : fingerprint.pictures) item.pictures.push_back(KeptOf(picture, 0));
  for (const auto& key_frame : fingerprint.key_frames) {
    item.pictures.push_back(KeptOf(key_frame.picture, key_frame.time_us));
  }
  item.frames = fingerprint.frames;
  if (item.pictures.empty() && item.frames.empty()) return Bad("nothing in it");
  return item;
}

std::vector<std::byte> ItemRecordBytes(const ItemRecord& item) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint32_t>(item.kind));
  writer.Put(static_cast<std::uint32_t>(item.pictures.size()));
  writer.Put(static_cast<std::uint32_t>(item.frames.size()));
  writer.Put(std::uint32_t{0});
  writer.Put(item.duration_us);
  for (const PictureRecord& picture : item.pictures) {
    writer.Put(picture.time_us);
    writer.Put(static_cast<std::uint32_t>(picture.width));
    writer.Put(static_cast<std::uint32_t>(picture.height));
    writer.Put(static_cast<std::uint8_t>(picture.quality));
    writer.Put(static_cast<std::uint8_t>(picture.inner.size()));
    writer.Put(static_cast<std::uint16_t>(picture.patches.size()));
    writer.Put(std::uint32_t{0});
    PutWord(picture.word, writer);
    for (const InnerRecord& inner : picture.inner) {
      writer.Put(inner.region.x);
      writer.Put(inner.region.y);
      writer.Put(inner.region.width);
      writer.Put(inner.region.height);
      writer.Put(static_cast<std::uint32_t>(inner.quality));
      writer.Put(std::uint32_t{0});
      PutWord(inner.word, writer);
    }
    writer.PutBytes(std::as_bytes(std::span(picture.patches)));
  }
  for (const FrameWord& frame : item.frames) {
    writer.Put(frame.time_us);
    writer.Put(frame.frame);
    writer.Put(static_cast<std::uint32_t>(frame.quality));
    PutWord(frame.word, writer);
  }
  return std::move(writer).Take();
}

Result<ItemRecord> ParseItemRecord(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  ItemRecord item;
  const auto kind = TRY(reader.Take<std::uint32_t>());
  const auto pictures = TRY(reader.Take<std::uint32_t>());
  const auto frames = TRY(reader.Take<std::uint32_t>());
  TRY(reader.Take<std::uint32_t>());
  item.duration_us = TRY(reader.Take<std::int64_t>());
  const bool video = kind == static_cast<std::uint32_t>(Kind::kVideo);
  if ((!video && kind != static_cast<std::uint32_t>(Kind::kPhoto)) || pictures > kMaxPictures ||
      frames > kMaxFrames || pictures + frames == 0 || (!video && frames != 0) ||
      item.duration_us < 0) {
    return Senseless(reader, "an item's values are out of bounds");
  }
  item.kind = static_cast<Kind>(kind);
  for (std::uint32_t i = 0; i < pictures; ++i) {
    item.pictures.push_back(TRY(TakePicture(reader)));
    if (i > 0 && item.pictures[i].time_us < item.pictures[i - 1].time_us) {
      return Senseless(reader, "key frames out of order");
    }
  }
  for (std::uint32_t i = 0; i < frames; ++i) {
    FrameWord frame;
    frame.time_us = TRY(reader.Take<std::int64_t>());
    frame.frame = TRY(reader.Take<std::uint32_t>());
    frame.quality = static_cast<int>(std::min(TRY(reader.Take<std::uint32_t>()), 101U));
    frame.word = TRY(TakeWord(reader));
    if (!QualityOk(frame.quality) || frame.time_us < 0 ||
        (i > 0 && frame.time_us < item.frames[i - 1].time_us)) {
      return Senseless(reader, "a frame's values are out of bounds");
    }
    item.frames.push_back(frame);
  }
  if (reader.remaining() != 0) return Senseless(reader, "bytes are left over");
  return item;
}

}  // namespace jikimi::gallery
