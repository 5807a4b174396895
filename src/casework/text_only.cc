#include "casework/text_only.h"

#include <algorithm>
#include <string_view>

#include "store/utf8.h"

namespace jikimi::casework {
namespace {

// By which texts carry pictures and videos: addresses with the bytes in them, parts of mails.
constexpr std::string_view kEmbedded[] = {"data:image/", "data:video/", "content-type: image/",
                                          "content-type: video/"};
constexpr std::size_t kLongestWord = 21;
constexpr std::size_t kLongestSequence = 4;

bool IsControl(char symbol) {
  const auto code = static_cast<unsigned char>(symbol);
  return (code < 0x20 && symbol != '\t' && symbol != '\n' && symbol != '\f' && symbol != '\r') ||
         code == 0x7F;
}

Error NotText(std::size_t at) {
  return {ErrorCode::kUnsupported,
          "the case may be a minor's: no picture, video or document is taken, only plain text in "
          "UTF-8, which this isn't from byte " +
              std::to_string(at) + " on"};
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& symbol : lowered) {
    if (symbol >= 'A' && symbol <= 'Z') symbol = static_cast<char>(symbol - 'A' + 'a');
  }
  return lowered;
}

}  // namespace

Result<void> TextOnly::Append(std::span<const std::byte> piece) {
  kept_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  const std::string_view fresh = std::string_view(kept_).substr(checked_);
  const std::size_t good = store::FindBadText(fresh);
  const auto control =
      std::find_if(fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(good), IsControl);
  const auto text = static_cast<std::size_t>(control - fresh.begin());
  // A sequence that is cut at the end of the piece goes on in the next one.
  if (text < good || fresh.size() - good >= kLongestSequence) {
    return NotText(kept_from_ + checked_ + text);
  }
  const std::string lowered = Lowered(kept_);
  for (const std::string_view word : kEmbedded) {
    if (const auto at = lowered.find(word); at != std::string::npos) {
      return NotText(kept_from_ + at);
    }
  }
  checked_ += good;
  const std::size_t forget = checked_ - std::min(checked_, kLongestWord);
  kept_.erase(0, forget);
  checked_ -= forget;
  kept_from_ += forget;
  return {};
}

Result<void> TextOnly::Finish() const {
  return checked_ == kept_.size() ? Result<void>() : NotText(kept_from_ + checked_);
}

}  // namespace jikimi::casework
