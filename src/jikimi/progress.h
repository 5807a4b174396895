#ifndef JIKIMI_JIKIMI_PROGRESS_H_
#define JIKIMI_JIKIMI_PROGRESS_H_

#include <chrono>
#include <cstddef>
#include <string>

namespace jikimi {

// "fingerprinting 120 of 900, 14.2 a second, 55 s left", written over itself on stderr a few times
// a second, and only when stderr is a terminal. One thread.
class Progress {
 public:
  Progress(std::string doing, std::size_t total);
  ~Progress();  // wipes the line

  void Advance(std::size_t done);
  // Wipes the line so that other output can be written; the next Advance() writes it again.
  void Clear();

  // The text for `done` of `total` after `seconds`. Pure.
  static std::string Text(const std::string& doing, std::size_t done, std::size_t total,
                          double seconds);

 private:
  std::string doing_;
  std::size_t total_;
  bool shown_ = false;
  bool on_terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_PROGRESS_H_
