#include "jikimi/listen_address.h"

#include <gtest/gtest.h>

namespace jikimi {
namespace {

TEST(ListenAddressTest, TakesBothFamilies) {
  const auto four = ParseListenAddress("server.listen", "127.0.0.1:8443");
  ASSERT_TRUE(four.has_value());
  EXPECT_EQ(four->address, "127.0.0.1");
  EXPECT_EQ(four->port, 8443);
  EXPECT_TRUE(four->loopback);
  const auto six = ParseListenAddress("server.listen", "[2001:db8::1]:0");
  ASSERT_TRUE(six.has_value());
  EXPECT_EQ(six->address, "2001:db8::1");
  EXPECT_EQ(six->port, 0);
  EXPECT_FALSE(six->loopback);
  EXPECT_TRUE(ParseListenAddress("server.listen", "[::1]:1")->loopback);
  EXPECT_FALSE(ParseListenAddress("server.listen", "0.0.0.0:80")->loopback);
}

TEST(ListenAddressTest, AnythingElseNamesTheKey) {
  for (const char* text : {"", "8443", "localhost:80", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:80x", "::1:80", "[::1:80", "[zz]:80"}) {
    const auto listen = ParseListenAddress("server.listen", text);
    ASSERT_FALSE(listen.has_value()) << text;
    EXPECT_EQ(listen.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(listen.error().message.starts_with("server.listen: ")) << listen.error().message;
  }
}

}  // namespace
}  // namespace jikimi
