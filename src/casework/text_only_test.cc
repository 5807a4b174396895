#include "casework/text_only.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"

namespace jikimi::casework {
namespace {

// The whole text in pieces of `size`.
Result<void> Read(std::string_view text, std::size_t size) {
  TextOnly check;
  for (std::size_t at = 0; at < text.size(); at += size) {
    TRY(check.Append(AsBytes(text.substr(at, size))));
  }
  return check.Finish();
}

struct Sample {
  std::string name;
  std::string text;
  bool taken = false;
};
class TextOnlyTest : public testing::TestWithParam<Sample> {};

TEST_P(TextOnlyTest, IsJudgedAlikeHoweverItIsCut) {
  for (std::size_t size = 1; size <= GetParam().text.size() + 1; ++size) {
    const auto read = Read(GetParam().text, size);
    EXPECT_EQ(read.has_value(), GetParam().taken) << "in pieces of " << size;
    if (read.has_value()) continue;
    EXPECT_EQ(read.error().code, ErrorCode::kUnsupported);
  }
}

const std::string kLong(300, 'x');

INSTANTIATE_TEST_SUITE_P(
    , TextOnlyTest,
    testing::Values(
        Sample{"Empty", "", true},
        Sample{"Chat", "[오후 9:12] 그 사람: 돈을 보내라 😀\r\n\t끝", true},
        Sample{"LongWithoutEmbeddedPictures", kLong + "data: image of a day" + kLong, true},
        Sample{"Jpeg", "\xFF\xD8\xFF\xE0 JFIF", false}, Sample{"Png", "\x89PNG\r\n\x1A\n", false},
        Sample{"Pdf", "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", false},
        Sample{"Zip", std::string("PK\x03\x04\x14\x00", 6), false},
        Sample{"Gif", std::string("GIF89a\x01\x00\x01\x00", 10), false},
        Sample{"PictureBehindText", kLong + "\xFF\xD8\xFF", false},
        Sample{"CutSequence", kLong + "\xEA\xB0", false},
        Sample{"DataAddress", kLong + "<img src=\"DATA:image/png;base64,iVBOR\">" + kLong, false},
        Sample{"PartOfAMail", kLong + "\nContent-Type: image/jpeg\n\n/9j/4AAQ" + kLong, false},
        Sample{"Delete", "a\x7F", false}, Sample{"Nothing", std::string("a\0b", 3), false}),
    [](const auto& test) { return test.param.name; });

TEST(TextOnlyMessage, SaysWhereAndWhatIsTaken) {
  const auto read = Read("chat\xFF\xD8\xFF\xE0\x10", 3);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message,
            "the case may be a minor's: no picture, video or document is taken, only plain text in "
            "UTF-8, which this isn't from byte 4 on");
}

}  // namespace
}  // namespace jikimi::casework
