#include "jikimi/verdict_text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

namespace jikimi {
namespace {

namespace json = boost::json;
using gallery::Point;

double Area(const std::vector<Point>& polygon) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    twice += static_cast<double>(a.x) * b.y - static_cast<double>(b.x) * a.y;
  }
  return std::abs(twice) / 2;
}

// Share of a picture that the polygon takes, 0 to 1; 1 when it isn't known.
double Share(const std::vector<Point>& polygon, const gallery::PictureSize& size) {
  const double whole = static_cast<double>(size.width) * size.height;
  return polygon.empty() || whole <= 0 ? 1 : std::min(1.0, Area(polygon) / whole);
}

template <typename... Arguments>
std::string Format(const char* pattern, Arguments... arguments) {
  char text[160];
  std::snprintf(text, sizeof(text), pattern, arguments...);
  return text;
}

std::string Time(std::int64_t microseconds) {
  const double seconds = static_cast<double>(microseconds) / 1e6;
  const int minutes = static_cast<int>(seconds / 60);
  return Format("%d:%04.1f", minutes, seconds - 60.0 * minutes);
}

std::string TimesText(std::int64_t from_us, std::int64_t to_us,
                      const std::optional<gallery::TimeSpan>& within) {
  std::string text = Time(from_us) + "–" + Time(to_us);
  if (within) {
    text += " (or elsewhere in " + Time(within->from_us) + "–" + Time(within->to_us) +
            ", which stands still)";
  }
  return text;
}

json::array PolygonJson(const std::vector<Point>& polygon) {
  json::array points;
  for (const Point& point : polygon) {
    points.push_back({std::round(point.x * 10) / 10, std::round(point.y * 10) / 10});
  }
  return points;
}

json::array SizeJson(const gallery::PictureSize& size) { return {size.width, size.height}; }

std::vector<Place> Shares(const std::vector<Point>& polygon, const gallery::PictureSize& size) {
  std::vector<Place> places;
  for (const Point& point : polygon) {
    places.push_back({std::clamp(static_cast<double>(point.x) / size.width, 0.0, 1.0),
                      std::clamp(static_cast<double>(point.y) / size.height, 0.0, 1.0)});
  }
  return places;
}

}  // namespace

std::string ScoreText(double score) {
  return Format("%.4f", std::floor(std::clamp(score, 0.0, 0.9999) * 1e4) / 1e4);
}

std::string HowText(const gallery::Verdict& verdict) {
  const gallery::How& how = verdict.how;
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : ", ") + words; };
  if (how.negative) add("negative");
  if (how.mirrored) add("mirrored");
  if (std::abs(how.rotation_degrees) >= 1) add(Format("turned %.0f°", how.rotation_degrees));
  if (how.scale < 0.97 || how.scale > 1.03) add(Format("scale %.2f", how.scale));
  const double visible = Share(how.visible_in_item, how.item_size);
  if (visible < 0.97) add(Format("%.0f %% of it visible", std::max(1.0, 100 * visible)));
  const double filled = Share(how.place_in_query, how.query_size);
  if (filled < 0.97) add(Format("in %.0f %% of the picture", std::max(1.0, 100 * filled)));
  for (const gallery::Segment& segment : verdict.segments) {
    const bool picture_in_video = segment.item_from_us == segment.item_to_us;
    std::string words = TimesText(segment.query_from_us, segment.query_to_us, segment.query_within);
    if (!picture_in_video) {
      words += " is " + TimesText(segment.item_from_us, segment.item_to_us, segment.item_within);
    }
    add(words);
  }
  if (text.empty()) text = "whole picture";
  return text;
}

json::object VerdictJson(const gallery::Verdict& verdict) {
  const gallery::How& how = verdict.how;
  json::object object;
  object["verdict"] = gallery::LikenessName(verdict.likeness);
  object["score"] = verdict.score;
  object["log_odds"] = verdict.log_odds;
  if (verdict.word_distance) object["word_distance"] = *verdict.word_distance;
  object["matched_patches"] = verdict.matched_patches;
  object["how"] = {{"text", HowText(verdict)},
                   {"rotation_degrees", how.rotation_degrees},
                   {"scale", how.scale},
                   {"mirrored", how.mirrored},
                   {"negative", how.negative},
                   {"item_size", SizeJson(how.item_size)},
                   {"query_size", SizeJson(how.query_size)},
                   {"visible_in_item", PolygonJson(how.visible_in_item)},
                   {"place_in_query", PolygonJson(how.place_in_query)}};
  json::array segments;
  const auto seconds = [](std::int64_t time_us) { return static_cast<double>(time_us) / 1e6; };
  for (const gallery::Segment& segment : verdict.segments) {
    json::object times = {{"query_from", seconds(segment.query_from_us)},
                          {"query_to", seconds(segment.query_to_us)},
                          {"item_from", seconds(segment.item_from_us)},
                          {"item_to", seconds(segment.item_to_us)}};
    const auto add_within = [&](const char* key, const std::optional<gallery::TimeSpan>& within) {
      if (within) times[key] = json::array{seconds(within->from_us), seconds(within->to_us)};
    };
    add_within("query_within", segment.query_within);
    add_within("item_within", segment.item_within);
    segments.push_back(std::move(times));
  }
  object["segments"] = std::move(segments);
  return object;
}

std::int64_t PictureTime(const fingerprint::Fingerprint& print, int picture) {
  const auto index = static_cast<std::size_t>(picture);
  return index < print.key_frames.size() ? print.key_frames[index].time_us : 0;
}

MatchDrawing DrawingOf(const gallery::Verdict& verdict,
                       const std::vector<gallery::MatchedPatches>& pairs) {
  MatchDrawing drawing;
  const gallery::How& how = verdict.how;
  if (how.item_size.width <= 0 || how.item_size.height <= 0 || how.query_size.width <= 0 ||
      how.query_size.height <= 0) {
    return drawing;
  }
  drawing.region_in_item = Shares(how.visible_in_item, how.item_size);
  drawing.region_in_query = Shares(how.place_in_query, how.query_size);
  for (const gallery::MatchedPatches& pair : pairs) {
    drawing.pairs.push_back({Shares({{pair.item.x, pair.item.y}}, how.item_size)[0],
                             Shares({{pair.query.x, pair.query.y}}, how.query_size)[0]});
  }
  return drawing;
}

}  // namespace jikimi
