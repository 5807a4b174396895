#include <boost/json.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "base/file.h"
#include "gallery/verdict.h"
#include "jikimi/commands.h"
#include "jikimi/match_picture.h"
#include "jikimi/reading.h"
#include "jikimi/verdict_text.h"
#include "media/encode.h"

namespace jikimi {
namespace {

using fingerprint::Fingerprint;

constexpr int kDrawnHeight = 720;  // pixels

void Print(const CompareOptions& options, const gallery::Comparison& comparison) {
  const auto& verdict = comparison.verdict;
  if (options.json) {
    boost::json::object line = {{"first", Printable(options.first)},
                                {"second", Printable(options.second)}};
    if (verdict) {
      for (auto& [key, value] : VerdictJson(*verdict)) line[key] = std::move(value);
    } else {
      line["verdict"] = nullptr;
    }
    std::printf("%s\n", boost::json::serialize(line).c_str());
  } else if (verdict) {
    std::printf("%s\t%s\t%s\n", std::string(gallery::LikenessName(verdict->likeness)).c_str(),
                ScoreText(verdict->score).c_str(), HowText(*verdict).c_str());
  } else {
    std::printf("unrelated\t-\tnothing in one was found in the other\n");
  }
}

Result<void> SavePicture(const CompareOptions& options, const ingest::Reader& reader,
                         const Fingerprint& first, const Fingerprint& second,
                         const gallery::Comparison& comparison) {
  const Pixels left =
      TRY(reader.Picture(options.first, PictureTime(first, comparison.item_picture), kDrawnHeight));
  const Pixels right = TRY(
      reader.Picture(options.second, PictureTime(second, comparison.query_picture), kDrawnHeight));
  MatchDrawing drawing;
  if (comparison.verdict) drawing = DrawingOf(*comparison.verdict, comparison.pairs);
  const Pixels drawn = DrawMatch(left.view(), right.view(), drawing, kDrawnHeight);
  const auto png = TRY(media::WritePng(drawn.view()));
  return WriteFileAtomically(options.picture, png);
}

// The first file is taken as the registered one, the second as the one that was found.
Result<void> Compare(const CompareOptions& options) {
  const auto reader = TRY(ingest::Reader::Create({.workers = 1}));
  const ingest::Reading first = TRY(reader->Read(options.first));
  const ingest::Reading second = TRY(reader->Read(options.second));
  const auto comparison = gallery::Compare(second.fingerprint, first.fingerprint);
  Print(options, comparison);
  if (!options.picture.empty()) {
    TRY(SavePicture(options, *reader, first.fingerprint, second.fingerprint, comparison));
  }
  return {};
}

}  // namespace

ExitCode RunCompare(const CompareOptions& options) {
  if (options.first == "-" || options.second == "-") {
    Complain({ErrorCode::kInvalidArgument, "compare reads files, not the standard input"});
    return ExitCode::kUsage;
  }
  const auto compared = Compare(options);
  if (compared.has_value()) return ExitCode::kDone;
  Complain(compared.error());
  return ExitCode::kFailed;
}

}  // namespace jikimi
