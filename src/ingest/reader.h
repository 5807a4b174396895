#ifndef JIKIMI_INGEST_READER_H_
#define JIKIMI_INGEST_READER_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/pixels.h"
#include "base/result.h"
#include "fingerprint/fingerprint.h"

namespace jikimi::media {
class DecoderPool;
}

namespace jikimi::ingest {

// A file as the rest of the house knows it: what it is and by what it is found again.
struct Reading {
  fingerprint::Fingerprint fingerprint;
  std::string kind;           // "photo", "animation" or "video"
  std::string format;         // as media names it: "JPEG", "Matroska or WebM"
  int width = 0, height = 0;  // pixels as shown, before any shrinking
};

struct ReaderOptions {
  int workers = 1;           // decoding processes at most; as many reads can run at a time
  bool every_frame = false;  // a frame word for every frame of a video; otherwise one a second
  // Of a video its frame words alone, as vPDQ has them: it is not found by its key frames then.
  bool words_only = false;
};

// From untrusted files to fingerprints: decodes in the media room's sandboxed processes and
// fingerprints what comes back. Thread-safe; a read over the number of workers waits.
class Reader {
 public:
  static Result<std::unique_ptr<Reader>> Create(const ReaderOptions& options);
  ~Reader();

  // A regular file, or the standard input for "-". Errors name the path and what is wrong with it.
  Result<Reading> Read(const std::filesystem::path& path) const;

  // The photo, or the frame of a video or animation that is nearest to `time_us`, its longer side
  // at least `target_side` pixels where the file has as many. For showing to a person.
  Result<Pixels> Picture(const std::filesystem::path& path, std::int64_t time_us,
                         int target_side) const;

 private:
  Reader(std::unique_ptr<media::DecoderPool> pool, const ReaderOptions& options);

  std::unique_ptr<media::DecoderPool> pool_;
  ReaderOptions options_;
};

}  // namespace jikimi::ingest

#endif  // JIKIMI_INGEST_READER_H_
