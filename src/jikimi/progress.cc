#include "jikimi/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <utility>

namespace jikimi {
namespace {

std::string Duration(double seconds) {
  const long whole = std::lround(std::ceil(seconds));
  char text[48];
  if (whole < 120) {
    std::snprintf(text, sizeof(text), "%ld s", whole);
  } else if (whole < 7200) {
    std::snprintf(text, sizeof(text), "%ld min", (whole + 59) / 60);
  } else {
    std::snprintf(text, sizeof(text), "%ld h %ld min", whole / 3600, whole % 3600 / 60);
  }
  return text;
}

}  // namespace

Progress::Progress(std::string doing, std::size_t total)
    : doing_(std::move(doing)),
      total_(total),
      on_terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() { Clear(); }

void Progress::Advance(std::size_t done) {
  if (!on_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && done < total_ && now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::fprintf(stderr, "\r\033[K%s", Text(doing_, done, total_, seconds).c_str());
}

void Progress::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

std::string Progress::Text(const std::string& doing, std::size_t done, std::size_t total,
                           double seconds) {
  std::string text = doing + " " + std::to_string(done) + " of " + std::to_string(total);
  if (done == 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  char shown[64];
  std::snprintf(shown, sizeof(shown), rate < 10 ? ", %.1f a second" : ", %.0f a second", rate);
  text += shown;
  if (done < total) text += ", " + Duration(static_cast<double>(total - done) / rate) + " left";
  return text;
}

}  // namespace jikimi
