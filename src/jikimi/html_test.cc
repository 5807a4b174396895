#include "jikimi/html.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace jikimi {
namespace {

TEST(Base64Test, AgreesWithRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, encoded] : vectors) EXPECT_EQ(Base64(AsBytes(text)), encoded) << text;
}

TEST(HtmlEscapedTest, NamesCannotBecomeMarkup) {
  EXPECT_EQ(HtmlEscaped("<img src='x' onerror=\"a&b\">.jpg"),
            "&lt;img src=&#39;x&#39; onerror=&quot;a&amp;b&quot;&gt;.jpg");
  EXPECT_EQ(HtmlEscaped("사진.jpg"), "사진.jpg");
}

}  // namespace
}  // namespace jikimi
