#include "fingerprint/fingerprint_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <ostream>
#include <string>

#include "base/bytes.h"
#include "fingerprint/fingerprint_json.h"
#include "fingerprint/test_fingerprints.h"

namespace jikimi::fingerprint {
namespace {

using testing::HasSubstr;

std::vector<std::byte> Written(const Fingerprint& fingerprint) {
  auto bytes = WriteFingerprint(fingerprint);
  EXPECT_TRUE(bytes.has_value()) << bytes.error().message;
  return *bytes;
}

// The bytes with a new checksum, as someone who means harm would send them.
std::vector<std::byte> Resealed(std::vector<std::byte> bytes) {
  const std::size_t body = bytes.size() - 4;
  const std::uint32_t checksum = Crc32c(std::span(bytes).first(body));
  std::memcpy(bytes.data() + body, &checksum, sizeof(checksum));
  return bytes;
}

void ExpectSamePicture(const PictureFingerprint& a, const PictureFingerprint& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.whole, b.whole);
  EXPECT_EQ(a.whole_quality, b.whole_quality);
  ASSERT_EQ(a.inner.size(), b.inner.size());
  for (std::size_t i = 0; i < a.inner.size(); ++i) {
    EXPECT_EQ(a.inner[i].region, b.inner[i].region);
    EXPECT_EQ(a.inner[i].words, b.inner[i].words);
    EXPECT_EQ(a.inner[i].quality, b.inner[i].quality);
  }
  ASSERT_EQ(a.patches.size(), b.patches.size());
  for (std::size_t i = 0; i < a.patches.size(); ++i) {
    EXPECT_EQ(a.patches[i].word, b.patches[i].word);
    EXPECT_NEAR(a.patches[i].x, b.patches[i].x, static_cast<float>(a.width) / 65536);
    EXPECT_NEAR(a.patches[i].y, b.patches[i].y, static_cast<float>(a.height) / 65536);
    EXPECT_NEAR(a.patches[i].scale, b.patches[i].scale, 1.0 / 64);
    EXPECT_NEAR(a.patches[i].angle, b.patches[i].angle, 0.0002);
    EXPECT_EQ(a.patches[i].bright, b.patches[i].bright);
  }
}

TEST(FingerprintFormTest, PhotoComesBackWithPlacesRounded) {
  const Fingerprint photo = TestPhoto(1);
  const auto read = ReadFingerprint(Written(photo));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->pictures.size(), photo.pictures.size());
  for (std::size_t i = 0; i < photo.pictures.size(); ++i) {
    ExpectSamePicture(photo.pictures[i], read->pictures[i]);
  }
}

TEST(FingerprintFormTest, VideoComesBack) {
  const Fingerprint video = TestVideo(2);
  const auto read = ReadFingerprint(Written(video));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->kind, Kind::kVideo);
  EXPECT_EQ(read->duration_us, video.duration_us);
  ASSERT_EQ(read->frames.size(), video.frames.size());
  for (std::size_t i = 0; i < video.frames.size(); ++i) {
    EXPECT_EQ(read->frames[i].frame, video.frames[i].frame);
    EXPECT_EQ(read->frames[i].time_us, video.frames[i].time_us);
    EXPECT_EQ(read->frames[i].word, video.frames[i].word);
    EXPECT_EQ(read->frames[i].quality, video.frames[i].quality);
  }
  ASSERT_EQ(read->key_frames.size(), video.key_frames.size());
  for (std::size_t i = 0; i < video.key_frames.size(); ++i) {
    EXPECT_EQ(read->key_frames[i].time_us, video.key_frames[i].time_us);
    ExpectSamePicture(video.key_frames[i].picture, read->key_frames[i].picture);
  }
}

TEST(FingerprintFormTest, WritingWhatWasReadGivesTheSameBytes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Fingerprint& fingerprint : {TestPhoto(seed), TestVideo(seed)}) {
      const auto bytes = Written(fingerprint);
      EXPECT_EQ(Written(*ReadFingerprint(bytes)), bytes);
    }
  }
}

TEST(FingerprintFormTest, EveryStepOfAPlaceScaleAndAngleComesBack) {
  Fingerprint photo = TestPhoto(1);
  auto& picture = photo.pictures[0];
  picture.inner.clear();
  for (const int side : {1, 16, 333, 1024, 4001, 1 << 24}) {
    picture.width = picture.height = side;
    picture.patches.assign(4096, Patch());
    auto bytes = Written(photo);
    for (std::size_t i = 0; i < 4096; ++i) {
      const std::size_t at = bytes.size() - 4 - 40 * (4096 - i) + 32;
      for (std::size_t field = 0; field < 4; ++field) {
        const auto value = static_cast<std::uint16_t>(i * 16 + field * 5);
        std::memcpy(bytes.data() + at + 2 * field, &value, 2);
      }
    }
    bytes = Resealed(bytes);
    const auto read = ReadFingerprint(bytes);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(Written(*read), bytes) << side;
  }
}

TEST(FingerprintFormTest, PatchTakesFortyBytes) {
  Fingerprint photo = TestPhoto(1);
  const std::size_t before = Written(photo).size();
  photo.pictures[0].patches.push_back(photo.pictures[0].patches[0]);
  EXPECT_EQ(Written(photo).size(), before + 40);
}

TEST(FingerprintFormTest, EachFlippedByteIsNoticed) {
  const auto bytes = Written(TestVideo(3));
  for (std::size_t i = 0; i < bytes.size(); i += i < 64 ? 1 : 13) {
    auto changed = bytes;
    changed[i] ^= std::byte{0x40};
    const auto read = ReadFingerprint(changed);
    ASSERT_FALSE(read.has_value()) << i;
    EXPECT_EQ(read.error().code, i < 6 ? ErrorCode::kUnsupported : ErrorCode::kCorrupt) << i;
    EXPECT_THAT(read.error().message, HasSubstr("byte")) << i;
  }
}

TEST(FingerprintFormTest, CutAtEachOffsetItIsRefused) {
  const auto bytes = Written(TestPhoto(4));
  for (std::size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 17) {
    EXPECT_FALSE(ReadFingerprint(std::span(bytes).first(size)).has_value()) << size;
  }
  // Cut and sealed again, it is a lie that only the counts give away.
  for (std::size_t size = 10; size < bytes.size(); size += 7) {
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(ReadFingerprint(Resealed(cut)).has_value()) << size;
  }
}

TEST(FingerprintFormTest, LyingCountsTakeNoMemory) {
  for (const std::size_t at : {8u, 12u, 16u}) {
    auto bytes = Written(TestVideo(5));
    std::memset(bytes.data() + at, 0xff, 4);
    const auto read = ReadFingerprint(Resealed(bytes));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(read.error().message, HasSubstr("do not fit"));
  }
}

TEST(FingerprintFormTest, BytesAfterTheEndAreRefused) {
  auto bytes = Written(TestPhoto(6));
  bytes.insert(bytes.end(), 3, std::byte{0});
  EXPECT_THAT(ReadFingerprint(Resealed(bytes)).error().message, HasSubstr("bytes too many"));
}

struct Unsound {
  std::string name;
  std::function<void(Fingerprint*)> spoil;
  std::string says;
};
void PrintTo(const Unsound& test, std::ostream* out) { *out << test.name; }

class UnsoundFingerprintTest : public testing::TestWithParam<Unsound> {};

TEST_P(UnsoundFingerprintTest, IsRefusedByBothForms) {
  Fingerprint video = TestVideo(7);
  GetParam().spoil(&video);
  for (const Error& error : {CheckSound(video).error(), WriteFingerprint(video).error(),
                             FingerprintToJson(video, Disclosure::kEverything).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr(GetParam().says));
  }
}

INSTANTIATE_TEST_SUITE_P(
    , UnsoundFingerprintTest,
    testing::Values(
        Unsound{"NaNPlace",
                [](Fingerprint* f) { f->key_frames[0].picture.patches[1].x = std::nanf(""); },
                "key frame 0: patch 1"},
        Unsound{"PlaceOutside",
                [](Fingerprint* f) { f->key_frames[1].picture.patches[0].y = 1e6f; },
                "key frame 1: patch 0"},
        Unsound{"InfiniteScale",
                [](Fingerprint* f) { f->key_frames[0].picture.patches[0].scale = INFINITY; },
                "patch 0"},
        Unsound{"RegionOutside",
                [](Fingerprint* f) { f->key_frames[0].picture.inner[0].region.width = 1e6f; },
                "inner picture"},
        Unsound{"QualityOver100", [](Fingerprint* f) { f->frames[2].quality = 101; }, "frame 2"},
        Unsound{"NegativeQuality",
                [](Fingerprint* f) { f->key_frames[0].picture.whole_quality = -1; }, "key frame 0"},
        Unsound{"TimeFalls", [](Fingerprint* f) { f->frames[2].time_us = 0; }, "frame 2"},
        Unsound{"FrameNumberStays", [](Fingerprint* f) { f->frames[2].frame = f->frames[1].frame; },
                "frame 2"},
        Unsound{"NegativeSide", [](Fingerprint* f) { f->key_frames[0].picture.width = -4; },
                "key frame 0"},
        Unsound{"NegativeDuration", [](Fingerprint* f) { f->duration_us = -1; }, "duration"},
        Unsound{"PhotoWithFrames", [](Fingerprint* f) { f->kind = Kind::kPhoto; }, "photo"},
        Unsound{"VideoWithPictures",
                [](Fingerprint* f) { f->pictures.push_back(f->key_frames[0].picture); }, "video"}),
    [](const auto& test) { return test.param.name; });

TEST(FingerprintJsonTest, WritingWhatWasReadGivesTheSameText) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const Fingerprint& fingerprint : {TestPhoto(seed), TestVideo(seed)}) {
      for (const Disclosure disclosure : {Disclosure::kWordsOnly, Disclosure::kEverything}) {
        const std::string text = *FingerprintToJson(fingerprint, disclosure);
        const auto read = FingerprintFromJson(text);
        ASSERT_TRUE(read.has_value()) << read.error().message;
        EXPECT_EQ(*FingerprintToJson(*read, disclosure), text);
      }
    }
  }
}

TEST(FingerprintJsonTest, PatchesComeBackExactly) {
  const Fingerprint photo = TestPhoto(1);
  const auto read = FingerprintFromJson(*FingerprintToJson(photo, Disclosure::kEverything));
  ASSERT_EQ(read->pictures[0].patches.size(), photo.pictures[0].patches.size());
  for (std::size_t i = 0; i < photo.pictures[0].patches.size(); ++i) {
    EXPECT_EQ(read->pictures[0].patches[i].x, photo.pictures[0].patches[i].x);
    EXPECT_EQ(read->pictures[0].patches[i].angle, photo.pictures[0].patches[i].angle);
  }
}

TEST(FingerprintJsonTest, ExchangedFormHasNoPatchAndNoPlace) {
  for (const Fingerprint& fingerprint : {TestPhoto(2), TestVideo(2)}) {
    const std::string text = *FingerprintToJson(fingerprint, Disclosure::kWordsOnly);
    EXPECT_THAT(text, testing::Not(HasSubstr("patches")));
    EXPECT_THAT(text, testing::Not(HasSubstr("region")));
    const auto& pictures = fingerprint.kind == Kind::kPhoto ? fingerprint.pictures[0]
                                                            : fingerprint.key_frames[0].picture;
    EXPECT_THAT(text, testing::Not(HasSubstr(pictures.patches[0].word.ToHex())));
    EXPECT_THAT(text, HasSubstr(pictures.whole[3].ToHex()));
  }
}

struct BadJson {
  std::string name, text, says;
};
void PrintTo(const BadJson& test, std::ostream* out) { *out << test.name; }

class BadJsonTest : public testing::TestWithParam<BadJson> {};

TEST_P(BadJsonTest, SaysWhatAndWhere) {
  const auto read = FingerprintFromJson(GetParam().text);
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().says));
}

std::string PhotoWith(const std::string& picture) {
  return R"({"version":1,"kind":"photo","pictures":[{"width":9,"height":9,"quality":1,)" + picture +
         "}]}";
}
std::string EightWords() {
  std::string words = "[";
  for (int i = 0; i < 8; ++i) words += (i > 0 ? ",\"" : "\"") + std::string(64, '0') + "\"";
  return words + "]";
}

INSTANTIATE_TEST_SUITE_P(
    , BadJsonTest,
    testing::Values(
        BadJson{"Empty", "", "not JSON"}, BadJson{"Cut", "{\"version\":1", "not JSON"},
        BadJson{"TooDeep", std::string(100'000, '['), "not JSON"},
        BadJson{"NoObject", "[]", "top: is not an object"},
        BadJson{"OtherVersion", R"({"version":2,"kind":"photo","pictures":[]})", "version 1"},
        BadJson{"OtherKind", R"({"version":1,"kind":"sound"})", "kind: is neither"},
        BadJson{"PhotoWithFrames", R"({"version":1,"kind":"photo","pictures":[],"frames":[]})",
                "unknown \"frames\""},
        BadJson{"NoWords", PhotoWith(R"("inner":[])"), "pictures[0]: has no \"pdq\""},
        BadJson{"SevenWords", PhotoWith(R"("inner":[],"pdq":["","","","","","",""])"),
                "pictures[0].pdq: has 7 elements"},
        BadJson{"ShortWord", PhotoWith(R"("inner":[],"pdq":["12","","","","","","",""])"),
                "pictures[0].pdq[0]"},
        BadJson{"HugeNumber",
                PhotoWith(R"("inner":[],"pdq":)" + EightWords() + R"(,"patches":[[")" +
                          std::string(64, '0') + R"(",1e999,0,0,0,true]])"),
                ""},
        BadJson{"PlaceOutside",
                PhotoWith(R"("inner":[],"pdq":)" + EightWords() + R"(,"patches":[[")" +
                          std::string(64, '0') + R"(",99,0,0,0,true]])"),
                "picture 0: patch 0"},
        BadJson{"TextForBright",
                PhotoWith(R"("inner":[],"pdq":)" + EightWords() + R"(,"patches":[[")" +
                          std::string(64, '0') + R"(",1,0,0,0,"yes"]])"),
                "pictures[0].patches[0][5]"},
        BadJson{
            "FractionOfAQuality",
            R"({"version":1,"kind":"photo","pictures":[{"width":9,"height":9,"quality":1.5,"inner":[],"pdq":)" +
                EightWords() + "}]}",
            "pictures[0].quality"}),
    [](const auto& test) { return test.param.name; });

TEST(FrameWordsJsonTest, JsonListIsTheOneThatThreatexchangeWrites) {
  const std::string text =
      R"(["e2f1017837246bacc5dea21b648fbfd62f435c89db299a2497667e216c8d055c,100,0.000",)"
      R"("c0f113783f2468acc1de825b448fbfd66f434c89cb699a249776fe216c8d855c,98,1.001"])";
  const auto frames = FrameWordsFromJson(text);
  ASSERT_TRUE(frames.has_value()) << frames.error().message;
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ((*frames)[1].time_us, 1'001'000);
  EXPECT_EQ(FrameWordsToJson(*frames), text);
  EXPECT_EQ(FrameWordsToJson({}), "[]");
}

TEST(FrameWordsJsonTest, JsonListThatIsWrongSaysTheElement) {
  for (const std::string bad : {R"([1])", R"(["ab,1,2"])", R"(["a"])", R"([",,"])"}) {
    const auto frames = FrameWordsFromJson(bad);
    ASSERT_FALSE(frames.has_value()) << bad;
    EXPECT_THAT(frames.error().message, HasSubstr("[0]")) << bad;
  }
  EXPECT_FALSE(FrameWordsFromJson("{}").has_value());
}

}  // namespace
}  // namespace jikimi::fingerprint
