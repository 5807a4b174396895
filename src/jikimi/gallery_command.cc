#include <sys/random.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "gallery/gallery.h"
#include "jikimi/commands.h"
#include "jikimi/reading.h"

namespace jikimi {
namespace {

namespace json = boost::json;
using gallery::Gallery;
using ingest::Reading;

ExitCode Failed(const Error& error) {
  Complain(error);
  return ExitCodeFor(error.code);
}

// Opens for writing, making the file when there is none.
Result<Gallery> OpenOrCreate(const std::string& path) {
  auto opened = Gallery::Open(path, Gallery::Access::kReadWrite);
  if (opened.has_value() || opened.error().code != ErrorCode::kNotFound) return opened;
  return Gallery::Create(path);
}

// Registers readings some dozens at a time, since each time the gallery waits for the disk twice,
// and reports each once it is on the disk, in the order in which they came.
class Registrar {
 public:
  Registrar(Gallery& gallery, bool as_json) : gallery_(gallery), as_json_(as_json) {}

  void Take(const InputPath& input, Result<Reading> reading) {
    if (fatal_) return;
    if (waiting_.empty()) since_ = std::chrono::steady_clock::now();
    // A video's fingerprint is large.
    const bool large =
        reading.has_value() && reading->fingerprint.kind == fingerprint::Kind::kVideo;
    waiting_.push_back({Shown(input), std::move(reading), Error{}});
    if (large || waiting_.size() >= kMostWaiting ||
        std::chrono::steady_clock::now() - since_ >= kLongestWait) {
      Flush();
    }
  }

  void Flush() {
    if (fatal_) return;
    std::vector<gallery::Registration> registrations;
    for (Waiting& one : waiting_) {
      if (!one.reading.has_value()) continue;
      one.number = NewNumber(registrations);
      if (one.number.has_value()) {
        registrations.push_back({*one.number, &one.reading->fingerprint});
      }
    }
    const bool together = gallery_.Add(registrations).has_value();
    for (Waiting& one : waiting_) {
      if (!one.reading.has_value()) {
        one.number = one.reading.error();
      } else if (one.number.has_value() && !together) {
        // One that can't be registered keeps none of the others out.
        auto added =
            fatal_ ? Result<void>(*fatal_) : gallery_.Add(*one.number, one.reading->fingerprint);
        if (!added.has_value()) {
          if (added.error().code != ErrorCode::kInvalidArgument) fatal_ = added.error();
          one.number = std::move(added).error();
        }
      } else if (!one.number.has_value()) {
        fatal_ = one.number.error();
      }
      Report(one);
      if (fatal_) break;
    }
    waiting_.clear();
    std::fflush(stdout);
  }

  bool all_well() const { return all_well_; }
  bool failed() const { return fatal_.has_value(); }  // the gallery itself, as on a full disk

 private:
  static constexpr std::size_t kMostWaiting = 48;
  static constexpr std::chrono::seconds kLongestWait{1};

  struct Waiting {
    std::string shown;
    Result<Reading> reading;
    Result<gallery::ItemId> number = Error{};
  };

  // A random number that is free: it says nothing of when or in which order items came. 53 bits, so
  // that every JSON reader keeps it whole.
  Result<gallery::ItemId> NewNumber(const std::vector<gallery::Registration>& taken) const {
    while (true) {
      std::uint64_t number = 0;
      if (getrandom(&number, sizeof(number), 0) != static_cast<ssize_t>(sizeof(number))) {
        return Error{ErrorCode::kInternal, "the system gives no random numbers"};
      }
      const gallery::ItemId item{number >> 11};
      const bool is_taken = std::any_of(
          taken.begin(), taken.end(),
          [&](const gallery::Registration& other) { return other.item.value == item.value; });
      if (item.value != 0 && !is_taken && !gallery_.Contains(item)) return item;
    }
  }

  void Report(const Waiting& one) {
    if (!one.number.has_value()) {
      all_well_ = false;
      Complain(one.number.error());
    }
    if (as_json_) {
      json::object line = {{"path", one.shown}};
      if (one.number.has_value()) {
        line["number"] = one.number->value;
      } else {
        line["error"] = {{"code", ErrorCodeName(one.number.error().code)},
                         {"message", one.number.error().message}};
      }
      std::printf("%s\n", json::serialize(line).c_str());
    } else if (one.number.has_value()) {
      std::printf("%llu\t%s\n", static_cast<unsigned long long>(one.number->value),
                  one.shown.c_str());
    }
  }

  Gallery& gallery_;
  bool as_json_;
  std::vector<Waiting> waiting_;
  std::chrono::steady_clock::time_point since_;
  bool all_well_ = true;
  std::optional<Error> fatal_;
};

std::string_view KindName(fingerprint::Kind kind) {
  return kind == fingerprint::Kind::kVideo ? "video" : "photo";
}

}  // namespace

ExitCode RunGalleryAdd(const GalleryOptions& options) {
  const int threads = ThreadsOf(options.reading);
  const auto reader = ingest::Reader::Create({.workers = threads});
  if (!reader.has_value()) return Failed(reader.error());
  auto gallery = OpenOrCreate(options.gallery);
  if (!gallery.has_value()) return Failed(gallery.error());

  const auto inputs = ExpandInputs(options.paths, Interrupted);
  Registrar registrar(*gallery, options.json);
  const bool finished = ReadAll(
      inputs, **reader, threads, "registering", [](Result<Reading> reading) { return reading; },
      [&](const InputPath& input, Result<Reading> reading) {
        registrar.Take(input, std::move(reading));
      });
  registrar.Flush();
  if (registrar.failed()) return ExitCode::kFailed;
  if (!finished) return ExitCode::kInterrupted;
  return registrar.all_well() ? ExitCode::kDone : ExitCode::kSomeFailed;
}

ExitCode RunGalleryRemove(const GalleryOptions& options) {
  auto gallery = Gallery::Open(options.gallery, Gallery::Access::kReadWrite);
  if (!gallery.has_value()) return Failed(gallery.error());
  bool all_well = true;
  for (const std::uint64_t number : options.numbers) {
    const auto removed = gallery->Remove({number});
    if (removed.has_value()) {
      std::printf("%llu\twithdrawn\n", static_cast<unsigned long long>(number));
      continue;
    }
    all_well = false;
    Complain(removed.error());
    if (removed.error().code != ErrorCode::kNotFound) return ExitCode::kFailed;
  }
  return all_well ? ExitCode::kDone : ExitCode::kSomeFailed;
}

ExitCode RunGalleryList(const GalleryOptions& options) {
  const auto gallery = Gallery::Open(options.gallery, Gallery::Access::kReadOnly);
  if (!gallery.has_value()) return Failed(gallery.error());
  for (const gallery::ItemSummary& item : gallery->List()) {
    if (options.json) {
      const json::object line = {
          {"number", item.item.value}, {"kind", KindName(item.kind)},
          {"pictures", item.pictures}, {"patches", item.patches},
          {"frames", item.frames},     {"seconds", static_cast<double>(item.duration_us) / 1e6},
          {"bytes", item.file_bytes}};
      std::printf("%s\n", json::serialize(line).c_str());
    } else {
      std::printf("%llu\t%s\t%d\t%d\t%d\t%llu\n", static_cast<unsigned long long>(item.item.value),
                  std::string(KindName(item.kind)).c_str(), item.pictures, item.patches,
                  item.frames, static_cast<unsigned long long>(item.file_bytes));
    }
  }
  return ExitCode::kDone;
}

ExitCode RunGalleryInfo(const GalleryOptions& options) {
  const auto gallery = Gallery::Open(options.gallery, Gallery::Access::kReadOnly);
  if (!gallery.has_value()) return Failed(gallery.error());
  const gallery::GalleryInfo info = gallery->Info();
  const json::object line = {
      {"version", info.version},          {"items", info.items},
      {"pictures", info.pictures},        {"patches", info.patches},
      {"photo_words", info.photo_words},  {"frame_words", info.frame_words},
      {"file_bytes", info.file_bytes},    {"withdrawn_bytes", info.withdrawn_bytes},
      {"memory_bytes", info.memory_bytes}};
  if (options.json) {
    std::printf("%s\n", json::serialize(line).c_str());
  } else {
    for (const auto& [key, value] : line) {
      std::printf("%s\t%s\n", std::string(key).c_str(), json::serialize(value).c_str());
    }
  }
  return ExitCode::kDone;
}

}  // namespace jikimi
