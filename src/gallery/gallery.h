#ifndef JIKIMI_GALLERY_GALLERY_H_
#define JIKIMI_GALLERY_GALLERY_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// An item to register.
struct Registration {
  ItemId item;
  const fingerprint::Fingerprint* fingerprint = nullptr;  // not owned; never null
};

struct ItemSummary {
  ItemId item;
  fingerprint::Kind kind = fingerprint::Kind::kPhoto;
  int pictures = 0;              // photo: 1; animation: its frames; video: its key frames
  int patches = 0;               // in all pictures
  int frames = 0;                // video: frame words
  std::int64_t duration_us = 0;  // video
  std::uint64_t file_bytes = 0;  // its share of the gallery file; 0 in memory
};

struct GalleryInfo {
  std::uint32_t version = 0;  // of the file's form
  std::uint64_t items = 0;
  std::uint64_t pictures = 0;
  std::uint64_t patches = 0;
  std::uint64_t photo_words = 0;
  std::uint64_t frame_words = 0;
  std::uint64_t file_bytes = 0;       // 0 in memory
  std::uint64_t withdrawn_bytes = 0;  // of those: room of withdrawn items, overwritten with zeros
  std::uint64_t memory_bytes = 0;     // of the look-up tables and records
};

// Registered items and the look-ups over them.
//
// Kept in one self-contained file (doc/gallery.md), or in memory alone. A change is on the disk
// when the call returns, and is seen by the next query; a change that fails (full disk) leaves file
// and memory as they were. A process that is killed at any point leaves a file that opens with
// every change that was acknowledged.
//
// Threads: any number may ask, list and inform while one at a time changes (changes wait for each
// other, queries never wait for a change to reach the disk).
// Processes: one writer (a second gets kUnavailable); readers open at any time, take no lock, and
// see what was acknowledged when they opened.
// Memory: about 64 bytes a patch and 100 bytes a picture (doc/gallery.md).
class Gallery {
 public:
  enum class Access { kReadOnly, kReadWrite };

  // Makes a new, empty gallery file and opens it for writing. A file there: kAlreadyExists.
  static Result<Gallery> Create(const std::filesystem::path& path);

  // Reads the whole gallery (about 0.6 GB a second from warm cache) and makes its tables (about 3 M
  // patches a second). No file: kNotFound; not a gallery or another version: kUnsupported;
  // truncated or changed bytes: kCorrupt, naming the offset and what stood there; another writer:
  // kUnavailable. Bytes of a change that was never acknowledged are left out, and cut off by a
  // writer.
  static Result<Gallery> Open(const std::filesystem::path& path, Access access);

  static Gallery InMemory();

  Gallery(Gallery&&) noexcept;
  Gallery& operator=(Gallery&&) noexcept;
  ~Gallery();

  // Registers. The number is taken: kAlreadyExists. A fingerprint with values out of bounds:
  // kInvalidArgument. The same picture under two numbers is allowed, and both are found. The span
  // is registered as a whole or not at all, with one wait for the disk: thousands of items are
  // best added some dozens at a time.
  Result<void> Add(ItemId item, const fingerprint::Fingerprint& fingerprint);
  Result<void> Add(std::span<const Registration> registrations);

  // Withdraws: not found by the next query, its fingerprint overwritten with zeros in the file when
  // this returns, the room given back by the next Compact(), which runs by itself when withdrawn
  // items hold over half of the file. (A journalling or copy-on-write file system, a flash disk or
  // a backup may keep older copies of those bytes.) No such item: kNotFound.
  Result<void> Remove(ItemId item);

  // Rewrites the file with the registered items only, as one atomic replacement.
  Result<void> Compact();

  bool Contains(ItemId item) const;
  std::vector<ItemSummary> List() const;  // in order of registration
  GalleryInfo Info() const;

  struct AskOptions {
    // Verdicts below are left out.
    double min_score = 0.5;
    int max_verdicts = 100;
  };

  // The registered items that are found in `query`, best score first. None: empty. A fingerprint
  // with values out of bounds: kInvalidArgument.
  Result<std::vector<Verdict>> Ask(const fingerprint::Fingerprint& query,
                                   const AskOptions& options) const;
  Result<std::vector<Verdict>> Ask(const fingerprint::Fingerprint& query) const {
    return Ask(query, AskOptions{});
  }

 private:
  struct State;
  explicit Gallery(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_GALLERY_H_
