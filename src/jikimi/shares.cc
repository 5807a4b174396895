#include "jikimi/shares.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "base/file.h"
#include "jikimi/interrupt.h"
#include "vault/secret_bytes.h"

namespace jikimi {
namespace {

constexpr std::size_t kMaxInputBytes = std::size_t{1} << 16;
constexpr std::size_t kLinesAPage = 5;
// A line of a printed page has 20 letters and digits, a whole share 100.
constexpr int kMostOnAPagesLine = 40;

int LettersAndDigits(std::string_view line) {
  return static_cast<int>(std::count_if(line.begin(), line.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }));
}

bool IsHeading(std::string_view line) { return line.starts_with("--") || line.starts_with("=="); }
bool IsEmpty(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// The share that a part of the text is, which began on that line.
Result<vault::KeyShare> ShareFrom(std::string_view text, int line) {
  auto share = vault::KeyShare::FromText(text);
  if (share) return share;
  return Prefixed("line " + std::to_string(line), std::move(share).error());
}

}  // namespace

Result<std::vector<vault::KeyShare>> ParseShares(std::string_view text) {
  std::vector<vault::KeyShare> shares;
  std::size_t page = 0;  // where the page under way begins
  std::size_t on_page = 0;
  int page_line = 0;
  const auto end_page = [&](std::size_t end) -> Result<void> {
    if (on_page == 0) return {};
    on_page = 0;
    shares.push_back(TRY(ShareFrom(text.substr(page, end - page), page_line)));
    return {};
  };
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    ++number;
    if (IsEmpty(line) || IsHeading(line)) {
      TRY(end_page(begin));
    } else if (LettersAndDigits(line) > kMostOnAPagesLine) {
      TRY(end_page(begin));
      shares.push_back(TRY(ShareFrom(line, number)));
    } else {
      if (on_page == 0) {
        page = begin;
        page_line = number;
      }
      if (++on_page == kLinesAPage) TRY(end_page(end));
    }
    begin = end + 1;
  }
  TRY(end_page(text.size()));
  return shares;
}

Result<std::vector<vault::KeyShare>> ReadShares(std::string_view what) {
  if (isatty(STDIN_FILENO) == 1) {
    std::fprintf(stderr, "Shares of the %.*s, one a line; then an empty line and Ctrl-D:\n",
                 static_cast<int>(what.size()), what.data());
  }
  vault::SecretBytes input(kMaxInputBytes);
  std::size_t size = 0;
  while (true) {
    if (Interrupted()) return Error{ErrorCode::kInterrupted, "stopped; nothing was done"};
    const ssize_t got = read(STDIN_FILENO, input.bytes().data() + size, input.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("the standard input", "read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size == input.size()) {
      return Error{ErrorCode::kInvalidArgument, "the standard input: is too long to be shares"};
    }
  }
  auto shares = ParseShares({reinterpret_cast<const char*>(input.bytes().data()), size});
  if (!shares) return Prefixed("the standard input", std::move(shares).error());
  if (shares->empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the standard input: has no share of the " + std::string(what)};
  }
  return shares;
}

Result<void> PrintShares(std::string_view title, const access::PrintedShares& shares, int needed) {
  const int length = static_cast<int>(title.size());
  std::printf("\n== %.*s: any %d of these %zu shares open it. One page each, kept apart.\n", length,
              title.data(), needed, shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto text = shares[i].bytes();
    std::printf("\n-- %.*s, share %zu\n%.*s\n", length, title.data(), i + 1,
                static_cast<int>(text.size()), reinterpret_cast<const char*>(text.data()));
  }
  if (std::fflush(stdout) != 0) return FileError("the standard output", "write", errno);
  // On a disk they shall be there after a crash, too; a pipe or a terminal can't be synced.
  if (fsync(STDOUT_FILENO) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) {
    return FileError("the standard output", "sync", errno);
  }
  return {};
}

}  // namespace jikimi
