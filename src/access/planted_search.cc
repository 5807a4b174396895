#include "access/planted_search.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/file.h"

namespace jikimi::access {
namespace {

std::uint64_t FirstEight(const char* bytes) {
  std::uint64_t first = 0;
  std::memcpy(&first, bytes, sizeof(first));
  return first;
}

std::size_t Slot(std::uint64_t first, std::size_t slots) {
  return static_cast<std::size_t>((first * 0x9e3779b97f4a7c15) >> 40) % slots;
}

// Code points of UTF-8; false when it is none.
bool Decode(std::string_view text, std::u32string& points) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + more >= text.size()) return false;
    char32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3Fu);
    }
    points += point;
    i += more + 1;
  }
  return true;
}

std::string Utf16(const std::u32string& points, bool big_endian) {
  std::string text;
  const auto put = [&](char32_t unit) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    text += big_endian ? high : low;
    text += big_endian ? low : high;
  };
  for (const auto point : points) {
    if (point < 0x10000) {
      put(point);
    } else {
      put(0xD800 + ((point - 0x10000) >> 10));
      put(0xDC00 + ((point - 0x10000) & 0x3FF));
    }
  }
  return text;
}

std::string Hex(std::string_view text, std::string_view digits) {
  std::string hex;
  for (const char c : text) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

// The characters of base64 that depend on `text` alone when `before` bytes stand before it in its
// group of three.
std::string Base64Inside(std::string_view text, std::size_t before, std::string_view last_two) {
  const std::string alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last_two);
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t end = (before + text.size()) * 8 / 6;
  std::string inside;
  for (std::size_t i = first; i < end; ++i) {
    unsigned value = 0;
    for (std::size_t bit = i * 6; bit < i * 6 + 6; ++bit) {
      const auto byte = static_cast<unsigned char>(text[bit / 8 - before]);
      value = value << 1 | ((byte >> (7 - bit % 8)) & 1u);
    }
    inside += alphabet[value];
  }
  return inside;
}

}  // namespace

Result<PlantedSearch> PlantedSearch::Create(std::span<const std::string> planted) {
  PlantedSearch search;
  for (std::size_t i = 0; i < planted.size(); ++i) {
    const auto& text = planted[i];
    std::u32string points;
    if (text.size() < kMinBytes || !Decode(text, points)) {
      return Error{
          ErrorCode::kInvalidArgument,
          "planted string " + std::to_string(i) + ": is too short to be searched for, or no UTF-8"};
    }
    search.Add(text, i, "UTF-8");
    search.Add(Utf16(points, false), i, "UTF-16LE");
    search.Add(Utf16(points, true), i, "UTF-16BE");
    search.Add(Hex(text, "0123456789abcdef"), i, "hex");
    search.Add(Hex(text, "0123456789ABCDEF"), i, "hex");
    for (std::size_t before = 0; before < 3; ++before) {
      const auto plain = Base64Inside(text, before, "+/");
      const auto for_urls = Base64Inside(text, before, "-_");
      search.Add(plain, i, "base64");
      if (for_urls != plain) search.Add(for_urls, i, "base64url");
    }
  }
  return search;
}

void PlantedSearch::Add(std::string bytes, std::size_t planted, std::string_view form) {
  const auto first = FirstEight(bytes.data());
  longest_ = std::max(longest_, bytes.size());
  may_start_[Slot(first, kFilterBits)] = true;
  patterns_[first].push_back({std::move(bytes), planted, form});
}

std::vector<PlantedSearch::Found> PlantedSearch::InBytes(std::string_view bytes) const {
  std::vector<Found> found;
  for (std::size_t at = 0; at + 8 <= bytes.size(); ++at) {
    const auto first = FirstEight(bytes.data() + at);
    if (!may_start_[Slot(first, kFilterBits)]) continue;
    const auto candidates = patterns_.find(first);
    if (candidates == patterns_.end()) continue;
    for (const auto& pattern : candidates->second) {
      if (bytes.substr(at, pattern.bytes.size()) != pattern.bytes) continue;
      found.push_back({pattern.planted, pattern.form, {}, at});
    }
  }
  return found;
}

Result<void> PlantedSearch::InFile(const std::filesystem::path& path, Report& report) const {
  constexpr std::size_t kPiece = std::size_t{4} << 20;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) return {};
  if (!file) return FileError(path, "read", errno);
  ++report.files;
  std::string piece;
  std::uint64_t start = 0;  // of `piece` in the file
  while (file) {
    const std::size_t kept = piece.size();
    piece.resize(kept + kPiece);
    file.read(piece.data() + kept, static_cast<std::streamsize>(kPiece));
    if (file.bad()) return FileError(path, "read", errno);
    const auto got = static_cast<std::size_t>(file.gcount());
    piece.resize(kept + got);
    report.bytes += static_cast<std::int64_t>(got);
    for (auto& hit : InBytes(piece)) {
      // What ended within the former piece was told then.
      hit.file = path;
      hit.offset += start;
      const bool told = std::any_of(report.found.begin(), report.found.end(), [&](const Found& f) {
        return f.file == hit.file && f.offset == hit.offset && f.planted == hit.planted;
      });
      if (!told) report.found.push_back(std::move(hit));
    }
    const std::size_t keep = std::min(piece.size(), longest_ - std::min<std::size_t>(longest_, 1));
    start += piece.size() - keep;
    piece.erase(0, piece.size() - keep);
  }
  return {};
}

Result<PlantedSearch::Report> PlantedSearch::InFolder(const std::filesystem::path& folder) const {
  Report report;
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(
      folder, std::filesystem::directory_options::follow_directory_symlink, error);
  if (error) return FileError(folder, "open", error.value());
  for (; files != std::filesystem::recursive_directory_iterator(); files.increment(error)) {
    if (error) return FileError(folder, "list", error.value());
    std::error_code vanished;
    if (files->is_regular_file(vanished)) TRY(InFile(files->path(), report));
  }
  return report;
}

}  // namespace jikimi::access
