#include "gallery/video_match.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "gallery/score.h"
#include "gallery/still_scene.h"

namespace jikimi::gallery {
namespace {

// Moments are looked at about once a second on both sides, so that a true pair lies this far from
// its line at most.
constexpr double kTolerance = 1.0;  // seconds of the item
constexpr int kSpeedSteps = 33;     // 0.5 to 2, sixteen a doubling
// A speed other than 1 must explain more than this much better.
constexpr double kOtherSpeed = 0.9;
constexpr std::size_t kMostMatches = 4000;
constexpr int kMostLines = 64;
// A further stretch needs less than the first: that the videos are related is known by then.
constexpr double kFurtherStretch = kConvincing / 2;
// Matches further apart than this, in seconds and in moments, are of two stretches.
constexpr double kLongestGap = 6;
constexpr int kMostMissed = 4;
// One moment alone may show a mark that both videos bear: it takes this much.
constexpr double kLoneMoment = 3 * kConvincing;
// A run that is shorter than this, beside a stretch whose line it misses by less than that, is of a
// scene that all but stands still: the stretch's own moments look like it, too.
constexpr double kEcho = 2, kEchoMiss = 4;  // seconds of the query, of the item
// Shares of durations that count as nearly all.
constexpr double kNearlyAll = 0.9;
constexpr double kUnchangedSpeed = 0.03;

struct Pair {
  double query, item;  // seconds
  double log_odds;
  double weight;  // of log_odds, against the best of the same query moment: 0 to 1
  bool altered;

  double worth() const { return log_odds * weight; }  // for choosing a line
};

struct Line {  // item = speed * query + offset, seconds
  double speed = 1, offset = 0;
  double worth = 0;

  double Miss(const Pair& pair) const { return std::abs(pair.item - speed * pair.query - offset); }
};

double Seconds(std::int64_t time_us) { return static_cast<double>(time_us) / 1e6; }
std::int64_t Microseconds(double seconds) { return std::llround(seconds * 1e6); }

std::vector<Pair> PairsOf(std::span<const MomentMatch> matches) {
  std::vector<MomentMatch> best(matches.begin(), matches.end());
  std::sort(best.begin(), best.end(), [](const MomentMatch& a, const MomentMatch& b) {
    return std::tuple(-a.log_odds, a.query_us, a.item_us) <
           std::tuple(-b.log_odds, b.query_us, b.item_us);
  });
  if (best.size() > kMostMatches) best.resize(kMostMatches);
  std::map<std::int64_t, double> most;
  for (const MomentMatch& match : best) {
    most[match.query_us] = std::max(most[match.query_us], match.log_odds);
  }
  std::vector<Pair> pairs;
  for (const MomentMatch& match : best) {
    if (match.log_odds <= 0) continue;
    const double share = match.log_odds / most[match.query_us];
    pairs.push_back({Seconds(match.query_us), Seconds(match.item_us), match.log_odds, share * share,
                     match.altered});
  }
  return pairs;
}

// The sum of `amount` over `pairs` in which no moment of either side counts twice: an upper bound
// of the best one-to-one choice, and equal to it where pairs run along a line.
template <typename Amount>
double OneToOne(const std::vector<Pair>& pairs, const Amount& amount) {
  std::map<double, double> of_query, of_item;
  const auto raise = [](double& to, double value) { to = std::max(to, value); };
  for (const Pair& pair : pairs) {
    const double value = amount(pair);
    raise(of_query[pair.query], value);
    raise(of_item[pair.item], value);
  }
  double query_sum = 0, item_sum = 0;
  for (const auto& [time, value] : of_query) query_sum += value;
  for (const auto& [time, value] : of_item) item_sum += value;
  return std::min(query_sum, item_sum);
}

double Evidence(const std::vector<Pair>& pairs) {
  return OneToOne(pairs, [](const Pair& pair) { return pair.log_odds; });
}

std::vector<Pair> Near(const std::vector<Pair>& pairs, const Line& line) {
  std::vector<Pair> near;
  for (const Pair& pair : pairs) {
    if (line.Miss(pair) <= kTolerance) near.push_back(pair);
  }
  return near;
}

// The offset with the most worth at one speed: a window slid over the sorted offsets.
Line BestOffset(const std::vector<Pair>& pairs, double speed) {
  std::vector<std::pair<double, const Pair*>> offsets;
  for (const Pair& pair : pairs) offsets.emplace_back(pair.item - speed * pair.query, &pair);
  std::sort(offsets.begin(), offsets.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  double sum = 0, best_sum = 0, best_offset = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < offsets.size(); ++last) {
    sum += offsets[last].second->worth();
    while (offsets[last].first - offsets[first].first > 2 * kTolerance) {
      sum -= offsets[first++].second->worth();
    }
    if (sum > best_sum) {
      best_sum = sum;
      best_offset = (offsets[first].first + offsets[last].first) / 2;
    }
  }
  Line line{speed, best_offset, 0};
  const double worth = OneToOne(Near(pairs, line), [](const Pair& pair) { return pair.worth(); });
  line.worth = worth * (speed == 1 ? 1 : kOtherSpeed);
  return line;
}

// Least squares through the pairs near the line, again until it stays; pairs that join on the way
// let a line grow beyond the window in which it was found.
Line Refined(const std::vector<Pair>& pairs, Line line) {
  constexpr int kRounds = 8;
  constexpr double kShortest = 4;  // seconds of the query below which a speed can't be told
  const bool free_speed = line.speed != 1;
  for (int round = 0; round < kRounds; ++round) {
    double n = 0, q = 0, i = 0, qq = 0, qi = 0, low = 1e300, high = -1e300;
    for (const Pair& pair : Near(pairs, line)) {
      const double weight = pair.log_odds * pair.weight * pair.weight;
      n += weight;
      q += weight * pair.query;
      i += weight * pair.item;
      qq += weight * pair.query * pair.query;
      qi += weight * pair.query * pair.item;
      low = std::min(low, pair.query);
      high = std::max(high, pair.query);
    }
    if (n <= 0) break;
    const double spread = qq - q * q / n;
    if (free_speed && high - low >= kShortest && spread > 1e-9) {
      line.speed = std::clamp((qi - q * i / n) / spread, 0.5, 2.0);
    }
    line.offset = (i - line.speed * q) / n;
  }
  return line;
}

Line BestLine(const std::vector<Pair>& pairs) {
  Line best;
  for (int step = 0; step < kSpeedSteps; ++step) {
    const double speed = step == kSpeedSteps / 2 ? 1 : 0.5 * std::exp2(step / 16.0);
    const Line line = BestOffset(pairs, speed);
    if (line.worth > best.worth) best = line;
  }
  Line refined = Refined(pairs, best);
  refined.worth = Evidence(Near(pairs, refined));
  return refined;
}

// Runs of the line's pairs without long gaps, in query order.
std::vector<std::vector<Pair>> Runs(std::vector<Pair> near, std::span<const std::int64_t> moments) {
  std::sort(near.begin(), near.end(), [](const Pair& a, const Pair& b) {
    return std::pair(a.query, a.item) < std::pair(b.query, b.item);
  });
  const auto index = [&](double seconds) {
    return std::lower_bound(moments.begin(), moments.end(), Microseconds(seconds)) -
           moments.begin();
  };
  std::vector<std::vector<Pair>> runs;
  for (const Pair& pair : near) {
    const bool apart =
        runs.empty() || (pair.query - runs.back().back().query > kLongestGap &&
                         index(pair.query) - index(runs.back().back().query) > kMostMissed);
    if (apart) runs.emplace_back();
    runs.back().push_back(pair);
  }
  return runs;
}

// The stretch that a run covers: from its first moment until the moment after its last, within both
// videos.
Segment SegmentOf(const std::vector<Pair>& run, const Line& line, const VideoSide& query,
                  const VideoSide& item) {
  const auto next = std::upper_bound(query.moments_us.begin(), query.moments_us.end(),
                                     Microseconds(run.back().query));
  double from = run.front().query;
  double to = next == query.moments_us.end() ? Seconds(query.duration_us) : Seconds(*next);
  to = std::clamp(to, run.back().query, run.back().query + kLongestGap);
  const double query_end = std::max(Seconds(query.duration_us), run.back().query);
  const double item_end = std::max(Seconds(item.duration_us), run.back().item);
  from = std::max({from, -line.offset / line.speed, 0.0});
  to = std::min({to, (item_end - line.offset) / line.speed, query_end});
  to = std::max(from, to);
  const auto at = [&](double time) {
    return Microseconds(std::clamp(line.speed * time + line.offset, 0.0, item_end));
  };
  return {Microseconds(from), Microseconds(to), at(from), at(to)};
}

// Whether most of the run's moments were altered, going by the best match of each.
bool MostlyAltered(const std::vector<Pair>& run) {
  std::map<double, const Pair*> best;
  for (const Pair& pair : run) {
    const Pair*& known = best[pair.query];
    if (known == nullptr || pair.log_odds > known->log_odds) known = &pair;
  }
  const auto altered = std::count_if(best.begin(), best.end(),
                                     [](const auto& entry) { return entry.second->altered; });
  return 2 * static_cast<std::size_t>(altered) > best.size();
}

// A run of several moments, or one of a moment that says more than a mark could.
bool Convinces(const std::vector<Pair>& run) {
  const auto [first, last] = std::minmax_element(
      run.begin(), run.end(), [](const Pair& a, const Pair& b) { return a.item < b.item; });
  const bool moments = run.front().query < run.back().query && first->item < last->item;
  return Evidence(run) >= (moments ? kFurtherStretch : kLoneMoment);
}

// A stretch of the query, seconds, with its line.
struct Stretch {
  double from, to;
  Line line;
};

bool IsEcho(const std::vector<Pair>& run, const std::vector<Stretch>& stretches) {
  if (run.back().query - run.front().query >= kEcho) return false;
  return std::any_of(stretches.begin(), stretches.end(), [&](const Stretch& stretch) {
    return run.front().query <= stretch.to + kLongestGap &&
           run.back().query >= stretch.from - kLongestGap &&
           std::all_of(run.begin(), run.end(), [&](const Pair& pair) {
             const double miss = stretch.line.Miss(pair);
             return kTolerance < miss && miss <= kEchoMiss;
           });
  });
}

// Whether the segment is another place in a scene that stands still, of one that is there already.
bool ToldBefore(const Segment& segment, const std::vector<Segment>& segments) {
  if (!segment.query_within && !segment.item_within) return false;
  const auto within = [](std::int64_t from_us, std::int64_t to_us, const TimeSpan& scene) {
    return from_us >= scene.from_us && to_us <= scene.to_us;
  };
  const TimeSpan of_query =
      segment.query_within.value_or(TimeSpan{segment.query_from_us, segment.query_to_us});
  const TimeSpan of_item =
      segment.item_within.value_or(TimeSpan{segment.item_from_us, segment.item_to_us});
  return std::any_of(segments.begin(), segments.end(), [&](const Segment& one) {
    return within(one.query_from_us, one.query_to_us, of_query) &&
           within(one.item_from_us, one.item_to_us, of_item);
  });
}

double Share(std::vector<std::pair<std::int64_t, std::int64_t>> spans, std::int64_t duration_us) {
  if (duration_us <= 0) return 0;
  std::sort(spans.begin(), spans.end());
  std::int64_t covered = 0, reached = 0;
  for (const auto& [from, to] : spans) {
    covered += std::max<std::int64_t>(0, to - std::max(from, reached));
    reached = std::max(reached, to);
  }
  return std::min(1.0, static_cast<double>(covered) / static_cast<double>(duration_us));
}

}  // namespace

std::optional<VideoMatch> MatchInTime(const VideoSide& query, const VideoSide& item,
                                      std::span<const MomentMatch> matches) {
  std::vector<Pair> pairs = PairsOf(matches);
  VideoMatch match;
  double sum = 0, strongest_line = 0;
  bool altered = false;
  std::vector<std::pair<double, double>> explained;  // stretches of the query, seconds
  std::vector<Stretch> told;                         // those that became segments
  std::vector<std::pair<std::int64_t, std::int64_t>> query_spans, item_spans;
  for (int round = 0; round < kMostLines && !pairs.empty(); ++round) {
    const Line line = BestLine(pairs);
    const std::vector<Pair> near = Near(pairs, line);
    if (near.empty() || (round > 0 && line.worth < kFurtherStretch)) break;
    for (const std::vector<Pair>& run : Runs(near, query.moments_us)) {
      explained.emplace_back(run.front().query, run.back().query);
      if (!Convinces(run) || IsEcho(run, told)) continue;
      told.push_back({run.front().query, run.back().query, line});
      const double evidence = Evidence(run);
      sum += evidence;
      altered = altered || MostlyAltered(run);
      if (evidence > strongest_line) {
        strongest_line = evidence;
        match.speed = line.speed;
      }
      const Segment segment =
          Settled(SegmentOf(run, line, query, item), {query.duration_us, query.frames},
                  {item.duration_us, item.frames});
      if (ToldBefore(segment, match.segments)) continue;
      match.segments.push_back(segment);
      query_spans.emplace_back(segment.query_from_us, segment.query_to_us);
      item_spans.emplace_back(segment.item_from_us, segment.item_to_us);
    }
    // What this stretch of the query showed is explained; and so is what is left of this line.
    std::erase_if(pairs, [&](const Pair& pair) {
      if (line.Miss(pair) <= kTolerance) return true;
      return std::any_of(explained.begin(), explained.end(), [&](const auto& stretch) {
        return stretch.first <= pair.query && pair.query <= stretch.second;
      });
    });
  }
  // The line is the best of so many speeds and offsets.
  const double offsets = 1 + Seconds(query.duration_us + item.duration_us) / kTolerance;
  match.log_odds = sum - std::log(kSpeedSteps * offsets);
  if (match.segments.empty() || match.log_odds < kConvincing) return std::nullopt;

  std::sort(match.segments.begin(), match.segments.end(), [](const Segment& a, const Segment& b) {
    return std::pair(a.query_from_us, a.item_from_us) < std::pair(b.query_from_us, b.item_from_us);
  });
  match.query_share = Share(std::move(query_spans), query.duration_us);
  match.item_share = Share(std::move(item_spans), item.duration_us);
  if (match.query_share >= kNearlyAll && match.item_share >= kNearlyAll) {
    const bool unchanged =
        match.segments.size() == 1 && !altered && std::abs(match.speed - 1) <= kUnchangedSpeed;
    match.likeness = unchanged ? Likeness::kSame : Likeness::kAltered;
  }
  return match;
}

}  // namespace jikimi::gallery
