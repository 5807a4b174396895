#ifndef JIKIMI_JIKIMI_COMMANDS_H_
#define JIKIMI_JIKIMI_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "jikimi/exit_code.h"

namespace jikimi {

// The commands, one function each; main.cc turns words into these options. Results go to stdout,
// errors of single inputs to stderr (and into the JSON), and the status says which kind of end it
// was.

// How inputs are read, the same for every command.
struct ReadingOptions {
  int threads = 0;  // 0: one a core
};

struct FingerprintOptions {
  std::vector<std::string> paths;
  ReadingOptions reading;
  bool json = false;
  bool every_frame = false;  // of videos; otherwise one frame word a second
  bool vpdq = false;         // prints each video's frame words as vPDQ does
};
ExitCode RunFingerprint(const FingerprintOptions& options);

struct FindOptions {
  std::vector<std::string> registered;  // or `gallery`
  std::string gallery;
  std::vector<std::string> in;
  ReadingOptions reading;
  bool json = false;
  std::string page;  // an HTML page with each match drawn is written here
};
ExitCode RunFind(const FindOptions& options);

struct CompareOptions {
  std::string first, second;
  bool json = false;
  std::string picture;  // a PNG of both with what matches is written here
};
ExitCode RunCompare(const CompareOptions& options);

struct GalleryOptions {
  std::string gallery;
  std::vector<std::string> paths;      // add
  std::vector<std::uint64_t> numbers;  // remove
  ReadingOptions reading;
  bool json = false;
};
ExitCode RunGalleryAdd(const GalleryOptions& options);
ExitCode RunGalleryRemove(const GalleryOptions& options);
ExitCode RunGalleryList(const GalleryOptions& options);
ExitCode RunGalleryInfo(const GalleryOptions& options);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_COMMANDS_H_
