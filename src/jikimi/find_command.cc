#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gallery/gallery.h"
#include "jikimi/commands.h"
#include "jikimi/match_page.h"
#include "jikimi/match_picture.h"
#include "jikimi/reading.h"
#include "jikimi/verdict_text.h"

namespace jikimi {
namespace {

using fingerprint::Fingerprint;
using gallery::Gallery;
using gallery::Verdict;
using ingest::Reading;

constexpr int kDrawnHeight = 320;  // pixels

// A registered file: what its number in the gallery stands for.
struct Registered {
  InputPath input;
  Fingerprint print;  // kept only when matches are drawn
};

// What was found in one input.
struct Found {
  Result<Reading> reading;
  Result<std::vector<Verdict>> verdicts;
};

class Find {
 public:
  Find(const FindOptions& options, const ingest::Reader& reader)
      : options_(options), reader_(reader), threads_(ThreadsOf(options.reading)) {}

  ExitCode Run();

 private:
  bool draws() const { return !options_.page.empty(); }
  bool Register(Gallery& gallery);
  bool Search(const Gallery& gallery);
  void Report(const InputPath& input, const Found& found);
  std::string NameOf(gallery::ItemId item) const;
  Pixels Draw(const InputPath& input, const Fingerprint& query, const Verdict& verdict) const;

  const FindOptions& options_;
  const ingest::Reader& reader_;
  const int threads_;
  bool all_well_ = true;
  std::vector<Registered> registered_;  // item number i + 1
  std::size_t registered_count_ = 0, searched_ = 0;
  MatchPage page_;
};

ExitCode Find::Run() {
  Gallery gallery = Gallery::InMemory();
  if (!options_.gallery.empty()) {
    auto opened = Gallery::Open(options_.gallery, Gallery::Access::kReadOnly);
    if (!opened.has_value()) {
      Complain(opened.error());
      return ExitCodeFor(opened.error().code);
    }
    gallery = std::move(*opened);
  } else if (!Register(gallery)) {
    return ExitCode::kInterrupted;
  }
  registered_count_ = gallery.Info().items;
  if (registered_count_ == 0) {
    Complain({ErrorCode::kInvalidArgument, "nothing is registered, so nothing can be found"});
    return ExitCode::kFailed;
  }
  const bool finished = Search(gallery);
  if (draws()) {
    const auto saved = page_.Save(options_.page, searched_, registered_count_);
    if (!saved.has_value()) {
      Complain(saved.error());
      return ExitCode::kFailed;
    }
  }
  if (!finished) return ExitCode::kInterrupted;
  return all_well_ ? ExitCode::kDone : ExitCode::kSomeFailed;
}

bool Find::Register(Gallery& gallery) {
  const auto inputs = ExpandInputs(options_.registered, Interrupted);
  const auto take = [&](const InputPath& input, Result<Reading> reading) {
    const auto added = reading.has_value()
                           ? gallery.Add({registered_.size() + 1}, reading->fingerprint)
                           : Result<void>(reading.error());
    if (!added.has_value()) {
      all_well_ = false;
      Complain(added.error());
      return;
    }
    registered_.push_back({input, draws() ? std::move(reading->fingerprint) : Fingerprint{}});
  };
  return ReadAll(
      inputs, reader_, threads_, "registering", [](Result<Reading> reading) { return reading; },
      take);
}

bool Find::Search(const Gallery& gallery) {
  const auto inputs = ExpandInputs(options_.in, Interrupted);
  const auto ask = [&](Result<Reading> reading) {
    Found found{std::move(reading), std::vector<Verdict>{}};
    if (found.reading.has_value()) found.verdicts = gallery.Ask(found.reading->fingerprint);
    return found;
  };
  return ReadAll(inputs, reader_, threads_, "searching", ask,
                 [&](const InputPath& input, const Found& found) { Report(input, found); });
}

void Find::Report(const InputPath& input, const Found& found) {
  ++searched_;
  const Error* error = nullptr;
  if (!found.reading.has_value()) {
    error = &found.reading.error();
  } else if (!found.verdicts.has_value()) {
    error = &found.verdicts.error();
  }
  if (error != nullptr) {
    all_well_ = false;
    Complain(*error);
    if (options_.json) {
      const boost::json::object line = {
          {"path", Shown(input)},
          {"error", {{"code", ErrorCodeName(error->code)}, {"message", error->message}}}};
      std::printf("%s\n", boost::json::serialize(line).c_str());
      std::fflush(stdout);
    }
    return;
  }
  for (const Verdict& verdict : *found.verdicts) {
    const std::string name = NameOf(verdict.item);
    if (options_.json) {
      boost::json::object line = {{"path", Shown(input)}, {"registered", name}};
      for (auto& [key, value] : VerdictJson(verdict)) line[key] = std::move(value);
      std::printf("%s\n", boost::json::serialize(line).c_str());
    } else {
      std::printf("%s\t%s\t%s\t%s\t%s\n", Shown(input).c_str(), name.c_str(),
                  std::string(gallery::LikenessName(verdict.likeness)).c_str(),
                  ScoreText(verdict.score).c_str(), HowText(verdict).c_str());
    }
    if (draws()) {
      const auto added =
          page_.Add(Shown(input), name, verdict, Draw(input, found.reading->fingerprint, verdict));
      if (!added.has_value()) {
        all_well_ = false;
        Complain(added.error());
      }
    }
  }
  std::fflush(stdout);
}

std::string Find::NameOf(gallery::ItemId item) const {
  if (registered_.empty()) return std::to_string(item.value);
  return Shown(registered_[item.value - 1].input);
}

Pixels Find::Draw(const InputPath& input, const Fingerprint& query, const Verdict& verdict) const {
  const auto show = [&](const InputPath& which, std::int64_t time_us) {
    if (which.is_stdin()) return Pixels();
    return reader_.Picture(which.path, time_us, kDrawnHeight).value_or(Pixels());
  };
  if (registered_.empty()) {  // a gallery knows no files: only the query can be shown
    return DrawMatch({}, show(input, 0).view(), DrawingOf(verdict, {}), kDrawnHeight);
  }
  const Registered& item = registered_[verdict.item.value - 1];
  gallery::Comparison comparison = gallery::Compare(query, item.print);
  // Both were found to match with the gallery's knowledge of what is rare; where the pair alone
  // doesn't convince, the gallery's verdict is drawn, without patches.
  const bool agrees = comparison.verdict.has_value();
  if (!agrees) comparison = {};
  const Pixels left = show(item.input, PictureTime(item.print, comparison.item_picture));
  const Pixels right = show(input, PictureTime(query, comparison.query_picture));
  return DrawMatch(left.view(), right.view(),
                   DrawingOf(agrees ? *comparison.verdict : verdict, comparison.pairs),
                   kDrawnHeight);
}

}  // namespace

ExitCode RunFind(const FindOptions& options) {
  const auto reader = ingest::Reader::Create({.workers = ThreadsOf(options.reading)});
  if (!reader.has_value()) {
    Complain(reader.error());
    return ExitCodeFor(reader.error().code);
  }
  return Find(options, **reader).Run();
}

}  // namespace jikimi
