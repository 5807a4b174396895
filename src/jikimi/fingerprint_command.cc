#include <boost/json.hpp>
#include <cstdio>
#include <string>

#include "fingerprint/frame_words.h"
#include "jikimi/commands.h"
#include "jikimi/reading.h"

namespace jikimi {
namespace {

namespace json = boost::json;
using ingest::Reading;

std::size_t Patches(const fingerprint::Fingerprint& print) {
  std::size_t count = 0;
  for (const auto& picture : print.pictures) count += picture.patches.size();
  for (const auto& key_frame : print.key_frames) count += key_frame.picture.patches.size();
  return count;
}

// A photo's frames are its distinct pictures; a video's are those that got a word.
std::size_t Frames(const fingerprint::Fingerprint& print) {
  return print.kind == fingerprint::Kind::kVideo ? print.frames.size() : print.pictures.size();
}

void PrintJson(const std::string& path, const Result<Reading>& reading) {
  json::object line;
  line["path"] = path;
  if (!reading.has_value()) {
    line["error"] = {{"code", ErrorCodeName(reading.error().code)},
                     {"message", reading.error().message}};
  } else {
    const auto& print = reading->fingerprint;
    line["kind"] = reading->kind;
    line["format"] = reading->format;
    line["width"] = reading->width;
    line["height"] = reading->height;
    if (!print.pictures.empty()) {
      line["pdq"] = print.pictures[0].whole[0].ToHex();
      line["quality"] = print.pictures[0].whole_quality;
    } else {
      line["pdq"] = nullptr;
      line["quality"] = nullptr;
    }
    line["frames"] = Frames(print);
    if (print.kind == fingerprint::Kind::kVideo) {
      line["key_frames"] = print.key_frames.size();
      line["seconds"] = static_cast<double>(print.duration_us) / 1e6;
    }
    line["patches"] = Patches(print);
  }
  std::printf("%s\n", json::serialize(line).c_str());
}

void PrintText(const std::string& path, const Reading& reading) {
  const auto& print = reading.fingerprint;
  std::string pdq = "-", quality = "-";
  if (!print.pictures.empty()) {
    pdq = print.pictures[0].whole[0].ToHex();
    quality = std::to_string(print.pictures[0].whole_quality);
  }
  std::printf("%s\t%s\t%s\t%s\t%zu\t%zu\n", path.c_str(), reading.kind.c_str(), pdq.c_str(),
              quality.c_str(), Frames(print), Patches(print));
}

}  // namespace

ExitCode RunFingerprint(const FingerprintOptions& options) {
  const int threads = ThreadsOf(options.reading);
  const auto reader = ingest::Reader::Create(
      {.workers = threads, .every_frame = options.every_frame, .words_only = options.vpdq});
  if (!reader.has_value()) {
    Complain(reader.error());
    return ExitCodeFor(reader.error().code);
  }
  const auto inputs = ExpandInputs(options.paths, Interrupted);
  bool all_read = true;
  const auto take = [&](const InputPath& input, const Result<Reading>& reading) {
    if (!reading.has_value()) {
      all_read = false;
      Complain(reading.error());
    }
    if (options.json) {
      PrintJson(Shown(input), reading);
    } else if (reading.has_value() && options.vpdq) {
      std::fputs(fingerprint::FrameWordsToVpdq(reading->fingerprint.frames).c_str(), stdout);
    } else if (reading.has_value()) {
      PrintText(Shown(input), *reading);
    }
    std::fflush(stdout);
  };
  const bool finished = ReadAll(
      inputs, **reader, threads, "fingerprinting", [](Result<Reading> reading) { return reading; },
      take);
  if (!finished) return ExitCode::kInterrupted;
  return all_read ? ExitCode::kDone : ExitCode::kSomeFailed;
}

}  // namespace jikimi
