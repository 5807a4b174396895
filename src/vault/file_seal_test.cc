#include "vault/file_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/random.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kSealedChunk = kFileChunkBytes + kFileChunkOverhead;

std::vector<std::byte> Content(std::size_t size) {
  SplitMix64 random(size);
  std::vector<std::byte> content(size);
  for (auto& byte : content) byte = static_cast<std::byte>(random.Below(256));
  return content;
}

std::vector<std::byte> SealAll(const FileKey& key, std::span<const std::byte> plain,
                               std::size_t piece = SIZE_MAX) {
  FileSealer sealer(key);
  std::vector<std::byte> sealed;
  const auto add = [&](const std::vector<std::byte>& more) {
    sealed.insert(sealed.end(), more.begin(), more.end());
  };
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t count = std::min(piece, plain.size() - at);
    add(sealer.Append(plain.subspan(at, count)));
    at += count;
  }
  add(sealer.Finish());
  return sealed;
}

Result<std::vector<std::byte>> OpenAll(const FileKey& key, std::span<const std::byte> sealed,
                                       std::size_t piece = SIZE_MAX) {
  FileOpener opener(key);
  std::vector<std::byte> plain;
  const auto add = [&](const SecretBytes& more) {
    plain.insert(plain.end(), more.bytes().begin(), more.bytes().end());
  };
  for (std::size_t at = 0; at < sealed.size();) {
    const std::size_t count = std::min(piece, sealed.size() - at);
    add(TRY(opener.Append(sealed.subspan(at, count))));
    at += count;
  }
  add(TRY(opener.Finish()));
  return plain;
}

class FileSealTest : public testing::Test {
 protected:
  FileKey key_ = FileKey::Generate({FileId::Random(), 1});
};

TEST_F(FileSealTest, FilesOfSizesAroundTheChunkComeBack) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kFileChunkBytes - 1, kFileChunkBytes, kFileChunkBytes + 1,
        2 * kFileChunkBytes, 3 * kFileChunkBytes + 1000}) {
    const auto plain = Content(size);
    const auto sealed = SealAll(key_, plain);
    EXPECT_EQ(sealed.size(), SealedFileBytes(size));
    const auto opened = OpenAll(key_, sealed);
    ASSERT_TRUE(opened.has_value()) << size << ": " << opened.error().message;
    EXPECT_EQ(*opened, plain) << size;
  }
}

TEST_F(FileSealTest, ThePiecesOfTheCallerDontMatter) {
  const auto plain = Content(2 * kFileChunkBytes + 77);
  for (const std::size_t piece :
       {std::size_t{13}, std::size_t{4096}, kSealedChunk, kSealedChunk + 1}) {
    const auto opened = OpenAll(key_, SealAll(key_, plain, piece), piece);
    ASSERT_TRUE(opened.has_value()) << piece;
    EXPECT_EQ(*opened, plain);
  }
}

TEST_F(FileSealTest, ASmallFileNeitherFlippedNorCutOpens) {
  ExpectNeitherFlippedNorCutOpens(SealAll(key_, Content(50)), [&](const auto& form) {
    return OpenAll(key_, form).has_value();
  });
}

TEST_F(FileSealTest, AFileOfChunksNeitherFlippedNorCutOpens) {
  const auto sealed = SealAll(key_, Content(2 * kFileChunkBytes + 10));
  for (std::size_t i = 0; i < sealed.size(); i += 997) {
    auto flipped = sealed;
    flipped[i] ^= std::byte{4};
    EXPECT_FALSE(OpenAll(key_, flipped).has_value()) << i;
    EXPECT_FALSE(OpenAll(key_, std::span(sealed).first(i)).has_value()) << i;
  }
}

TEST_F(FileSealTest, AFlippedByteIsFoundInItsChunk) {
  auto sealed = SealAll(key_, Content(3 * kFileChunkBytes));
  sealed[kFileHeadBytes + kSealedChunk + 5] ^= std::byte{1};
  const auto opened = OpenAll(key_, sealed);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().message,
              testing::HasSubstr("chunk 1 (from byte " +
                                 std::to_string(kFileHeadBytes + kSealedChunk) + ")"));
}

TEST_F(FileSealTest, AFileCutBetweenChunksIsCutOff) {
  const auto sealed = SealAll(key_, Content(2 * kFileChunkBytes + 10));
  const auto opened = OpenAll(key_, std::span(sealed).first(kFileHeadBytes + 2 * kSealedChunk));
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message, testing::HasSubstr("its last chunk is missing"));
}

TEST_F(FileSealTest, ChunksMovedRepeatedOrLeftOutAreErrors) {
  const auto sealed = SealAll(key_, Content(3 * kFileChunkBytes + 10));
  const auto chunk = [&](std::size_t i) {
    return std::span(sealed).subspan(kFileHeadBytes + i * kSealedChunk,
                                     i < 3 ? kSealedChunk : std::dynamic_extent);
  };
  const std::vector<std::vector<std::size_t>> orders = {
      {1, 0, 2, 3}, {0, 2, 1, 3}, {0, 0, 1, 2, 3}, {0, 2, 3}, {1, 2, 3}, {0, 1, 2, 3, 3}, {3}};
  for (const auto& order : orders) {
    std::vector<std::byte> changed(sealed.begin(), sealed.begin() + kFileHeadBytes);
    for (const auto i : order) changed.insert(changed.end(), chunk(i).begin(), chunk(i).end());
    EXPECT_FALSE(OpenAll(key_, changed).has_value());
  }
}

TEST_F(FileSealTest, AnotherKeyOrFileIsNamedAtTheHead) {
  const auto sealed = SealAll(key_, Content(10));
  const auto other_key = FileKey::Generate(key_.name());
  const auto other_file = FileKey::FromBytes({FileId::Random(), 1}, key_.bytes());
  for (const auto* key : {&other_key, &other_file}) {
    const auto opened = OpenAll(*key, sealed);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kPermissionDenied);
  }
}

TEST_F(FileSealTest, AnOpenerThatFailedStaysInError) {
  auto sealed = SealAll(key_, Content(2 * kFileChunkBytes));
  sealed[kFileHeadBytes + 3] ^= std::byte{1};
  FileOpener opener(key_);
  const std::span<const std::byte> bytes(sealed);
  EXPECT_FALSE(opener.Append(bytes.first(kFileHeadBytes + kSealedChunk)).has_value());
  EXPECT_FALSE(opener.Append(bytes.subspan(kFileHeadBytes + kSealedChunk)).has_value());
  EXPECT_FALSE(opener.Finish().has_value());
}

TEST_F(FileSealTest, NothingOfTheContentStandsInTheSealedFile) {
  std::vector<std::byte> plain;
  for (int i = 0; i < 5000; ++i) {
    const auto planted = AsBytes("planted-string ");
    plain.insert(plain.end(), planted.begin(), planted.end());
  }
  const auto sealed = SealAll(key_, plain);
  const auto part = AsBytes("planted");
  EXPECT_EQ(std::search(sealed.begin(), sealed.end(), part.begin(), part.end()), sealed.end());
}

}  // namespace
}  // namespace jikimi::vault
