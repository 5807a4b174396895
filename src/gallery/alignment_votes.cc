#include "gallery/alignment_votes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/vector_clones.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Patch;

constexpr std::size_t kMostSeeds = 128;
constexpr std::size_t kMostRecounted = 16;
constexpr std::size_t kMostGuesses = 4;
// A guess with fewer votes comes to nothing: of 15,600 that 364 altered photographs and what the
// look-up brought for them gave, none came to a log-odds of 8, of 11,700 with more two in five.
constexpr double kFewestVotes = 4;
constexpr float kScaleSlack = 0.5F;  // natural log; a squeeze of 0.6 spreads them by that much
constexpr float kTurnSlack = 0.5F;   // radians
constexpr float kPlaceSlack = 3;     // patch scales
constexpr float kLeverSlack = 0.2F;  // of the distance from the seed: its own turn and scale err
constexpr float kMostLogScale = 2.7F;
constexpr float kTwoPi = 6.28318531F;
constexpr float kVoteUnit = 256;  // votes are summed as integers, in any order

// The candidates column by column, so that a vector takes many at a time.
struct Columns {
  std::vector<float> item_x, item_y, query_x, query_y, slack, log_scale, turn;
  std::vector<std::int32_t> weight;
  std::size_t size() const { return weight.size(); }
};

Columns ColumnsOf(std::span<const Candidate> candidates, std::span<const Patch> query,
                  std::span<const Patch> item) {
  Columns columns;
  for (const Candidate& one : candidates) {
    const Patch& q = query[static_cast<std::size_t>(one.query)];
    const Patch& i = item[static_cast<std::size_t>(one.item)];
    columns.item_x.push_back(i.x);
    columns.item_y.push_back(i.y);
    columns.query_x.push_back(q.x);
    columns.query_y.push_back(q.y);
    columns.slack.push_back(kPlaceSlack * q.scale);
    columns.log_scale.push_back(one.log_scale);
    columns.turn.push_back(one.turn);
    columns.weight.push_back(static_cast<std::int32_t>(one.weight * kVoteUnit));
  }
  return columns;
}

// A candidate as a guess: it turns and scales an item's offset from it to a * x - b * y and
// b * x + a * y.
struct Seed {
  std::size_t candidate = 0;
  float a = 1, b = 0;
  std::int64_t votes = 0;
};

// Sets `agrees[i]` to all ones where candidate i agrees with the seed, else to 0; returns the sum
// of their weights.
JIKIMI_VECTOR_CLONES std::int64_t CountVotes(const Columns& all, const Seed& seed,
                                             std::int32_t* agrees) {
  const float* item_x = all.item_x.data();
  const float* item_y = all.item_y.data();
  const float* query_x = all.query_x.data();
  const float* query_y = all.query_y.data();
  const float* slacks = all.slack.data();
  const float* log_scale = all.log_scale.data();
  const float* turns = all.turn.data();
  const std::int32_t* weights = all.weight.data();
  const float x0 = item_x[seed.candidate], y0 = item_y[seed.candidate];
  const float u0 = query_x[seed.candidate], v0 = query_y[seed.candidate];
  const float slack0 = slacks[seed.candidate];
  const float scale0 = log_scale[seed.candidate], turn0 = turns[seed.candidate];
  const float a = seed.a, b = seed.b;
  const std::size_t count = all.size();
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float dx = item_x[i] - x0, dy = item_y[i] - y0;
    const float x = a * dx - b * dy, y = b * dx + a * dy;
    const float ex = u0 + x - query_x[i], ey = v0 + y - query_y[i];
    const float slack = slacks[i] > slack0 ? slacks[i] : slack0;
    // (slack + lever * r)^2 is at least slack^2 + (lever * r)^2; the root isn't needed.
    const float most = slack * slack + kLeverSlack * kLeverSlack * (x * x + y * y);
    const float apart = std::abs(turns[i] - turn0);
    const float turned = apart < kTwoPi - apart ? apart : kTwoPi - apart;
    const bool agree = (ex * ex + ey * ey < most) & (turned < kTurnSlack) &
                       (std::abs(log_scale[i] - scale0) < kScaleSlack);
    const std::int32_t mask = agree ? -1 : 0;
    agrees[i] = mask;
    sum += weights[i] & mask;
  }
  return sum;
}

Placement PlacementOf(const Columns& all, const Seed& seed) {
  const double a = static_cast<double>(seed.a), b = static_cast<double>(seed.b);
  const double x = static_cast<double>(all.item_x[seed.candidate]);
  const double y = static_cast<double>(all.item_y[seed.candidate]);
  const double u = static_cast<double>(all.query_x[seed.candidate]);
  const double v = static_cast<double>(all.query_y[seed.candidate]);
  Placement placement;
  placement.matrix = {a, -b, u - a * x + b * y, b, a, v - b * x - a * y, 0, 0, 1};
  return placement;
}

void SortByVotes(std::vector<Seed>& seeds) {
  std::sort(seeds.begin(), seeds.end(), [](const Seed& a, const Seed& b) {
    return a.votes != b.votes ? a.votes > b.votes : a.candidate < b.candidate;
  });
}

}  // namespace

std::vector<Guess> BestGuesses(std::span<const Candidate> candidates, std::span<const Patch> query,
                               std::span<const Patch> item) {
  const Columns all = ColumnsOf(candidates, query, item);
  std::vector<std::int32_t> agrees(all.size());
  std::vector<Seed> seeds;
  for (std::size_t i = 0; i < std::min(all.size(), kMostSeeds); ++i) {
    const float log_scale = all.log_scale[i];
    if (!(std::abs(log_scale) <= kMostLogScale)) continue;
    const float scale = std::exp(log_scale);
    Seed seed{i, scale * std::cos(all.turn[i]), scale * std::sin(all.turn[i]), 0};
    seed.votes = CountVotes(all, seed, agrees.data());
    seeds.push_back(seed);
  }
  SortByVotes(seeds);
  if (seeds.size() > kMostRecounted) seeds.resize(kMostRecounted);

  // Many of the query's patches may look like one of the item: that is one vote.
  std::vector<std::size_t> counted(item.size(), candidates.size());
  for (Seed& seed : seeds) {
    CountVotes(all, seed, agrees.data());
    seed.votes = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::size_t& last = counted[static_cast<std::size_t>(candidates[i].item)];
      if (agrees[i] == 0 || last == seed.candidate) continue;
      last = seed.candidate;
      seed.votes += all.weight[i];
    }
  }
  SortByVotes(seeds);

  std::vector<Guess> guesses;
  std::vector<bool> taken(all.size(), false);
  for (const Seed& seed : seeds) {
    const double votes = static_cast<double>(seed.votes) / static_cast<double>(kVoteUnit);
    if (guesses.size() == kMostGuesses || votes < kFewestVotes) break;
    if (taken[seed.candidate]) continue;
    CountVotes(all, seed, agrees.data());
    Guess guess;
    guess.votes = votes;
    guess.placement = PlacementOf(all, seed);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (agrees[i] == 0) continue;
      guess.agreeing.push_back(static_cast<int>(i));
      taken[i] = true;
    }
    guesses.push_back(std::move(guess));
  }
  return guesses;
}

}  // namespace jikimi::gallery
