#include "fingerprint/frame_words.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace jikimi::fingerprint {
namespace {

constexpr double kMaxSeconds = 1e9;

// All of `text` as a number, or nothing.
template <typename T>
bool Parse(std::string_view text, T& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

// Cuts `line` at its commas; false unless they are three.
bool Split(std::string_view line, std::array<std::string_view, 4>& cells) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return false;
    cells[i] = line.substr(0, comma);
    line.remove_prefix(comma + 1);
  }
  cells[3] = line;
  return line.find(',') == std::string_view::npos;
}

Result<FrameWord> ParseLine(std::string_view line) {
  std::array<std::string_view, 4> cells;
  const auto bad = [](const std::string& what) { return Error{ErrorCode::kInvalidArgument, what}; };
  if (!Split(line, cells)) return bad("is not frame,quality,hash,timestamp");
  FrameWord frame;
  if (!Parse(cells[0], frame.frame)) return bad("its frame is no number");
  if (!Parse(cells[1], frame.quality) || frame.quality < 0 || frame.quality > 100) {
    return bad("its quality is no number from 0 to 100");
  }
  frame.word = TRY(Word256::FromHex(cells[2]));
  double seconds = 0;
  if (!Parse(cells[3], seconds) || !(seconds >= 0 && seconds <= kMaxSeconds)) {
    return bad("its timestamp is no number of seconds");
  }
  frame.time_us = std::llround(seconds * 1e3) * 1000;
  return frame;
}

}  // namespace

std::string FrameWordsToVpdq(std::span<const FrameWord> frames) {
  std::string text;
  for (const FrameWord& frame : frames) {
    char time[32];
    std::snprintf(time, sizeof(time), "%.3f", static_cast<double>(frame.time_us) / 1e6);
    text += std::to_string(frame.frame) + "," + std::to_string(frame.quality) + "," +
            frame.word.ToHex() + "," + time + "\n";
  }
  return text;
}

Result<std::vector<FrameWord>> FrameWordsFromVpdq(std::string_view text) {
  std::vector<FrameWord> frames;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string where = "line " + std::to_string(number);
    auto frame = ParseLine(line);
    if (!frame.has_value()) return Prefixed(where, std::move(frame).error());
    if (!frames.empty() &&
        (frame->frame <= frames.back().frame || frame->time_us < frames.back().time_us)) {
      return Error{ErrorCode::kInvalidArgument,
                   where + ": its frame or time is not after the last"};
    }
    frames.push_back(*frame);
  }
  return frames;
}

}  // namespace jikimi::fingerprint
