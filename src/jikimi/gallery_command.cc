#include <sys/random.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
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

// A random number that is free: it says nothing of when or in which order items came. 53 bits, so
// that every JSON reader keeps it whole.
Result<gallery::ItemId> NewNumber(const Gallery& gallery) {
  while (true) {
    std::uint64_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != static_cast<ssize_t>(sizeof(number))) {
      return Error{ErrorCode::kInternal, "the system gives no random numbers"};
    }
    const gallery::ItemId item{number >> 11};
    if (item.value != 0 && !gallery.Contains(item)) return item;
  }
}

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
  bool all_well = true;
  std::optional<Error> fatal;  // the gallery itself fails, such as on a full disk
  const auto take = [&](const InputPath& input, const Result<Reading>& reading) {
    if (fatal) return;
    Result<gallery::ItemId> number = Error{};
    if (!reading.has_value()) {
      number = reading.error();
    } else {
      number = NewNumber(*gallery);
      const auto added = number.has_value() ? gallery->Add(*number, reading->fingerprint)
                                            : Result<void>(number.error());
      if (!added.has_value()) {
        number = added.error();
        if (added.error().code != ErrorCode::kInvalidArgument) fatal = added.error();
      }
    }
    if (!number.has_value()) {
      all_well = false;
      Complain(number.error());
    }
    if (options.json) {
      json::object line = {{"path", Shown(input)}};
      if (number.has_value()) {
        line["number"] = number->value;
      } else {
        line["error"] = {{"code", ErrorCodeName(number.error().code)},
                         {"message", number.error().message}};
      }
      std::printf("%s\n", json::serialize(line).c_str());
    } else if (number.has_value()) {
      std::printf("%llu\t%s\n", static_cast<unsigned long long>(number->value),
                  Shown(input).c_str());
    }
    std::fflush(stdout);
  };
  const bool finished = ReadAll(
      inputs, **reader, threads, "registering", [](Result<Reading> reading) { return reading; },
      take);
  if (fatal) return ExitCode::kFailed;
  if (!finished) return ExitCode::kInterrupted;
  return all_well ? ExitCode::kDone : ExitCode::kSomeFailed;
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
