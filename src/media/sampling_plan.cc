#include "media/sampling_plan.h"

#include <algorithm>

#include "media/frame_output.h"

namespace jikimi::media {

std::optional<SamplingPlan> SamplingPlan::Make(const std::vector<PacketEntry>& packets,
                                               const FrameSelection& selection) {
  if (packets.empty() || !packets.front().key) return std::nullopt;
  SamplingPlan plan;
  for (const PacketEntry& packet : packets) {
    if (packet.shown) plan.times_us_.push_back(packet.time_us);
  }
  std::sort(plan.times_us_.begin(), plan.times_us_.end());
  const auto twice = std::adjacent_find(plan.times_us_.begin(), plan.times_us_.end());
  if (plan.times_us_.empty() || twice != plan.times_us_.end()) return std::nullopt;

  FrameSelector selector(selection);
  for (std::int64_t frame = 0; frame < plan.frames(); ++frame) {
    if (selector.Take(frame, plan.time_us(frame) - plan.time_us(0))) plan.wanted_.push_back(frame);
  }

  const auto wanted = [&plan](std::int64_t time_us) {
    const auto at = std::lower_bound(plan.times_us_.begin(), plan.times_us_.end(), time_us);
    return std::binary_search(plan.wanted_.begin(), plan.wanted_.end(),
                              at - plan.times_us_.begin());
  };
  plan.steps_.assign(packets.size(), Step::kDrop);
  std::size_t done = 0;  // everything before it has its step
  std::size_t key = 0, key_before = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].key) {
      key_before = key;
      key = i;
    }
    if (!packets[i].shown || !wanted(packets[i].time_us)) continue;
    // A frame shown before its key frame leans on the group before it.
    const std::size_t start = packets[key].time_us <= packets[i].time_us ? key : key_before;
    for (std::size_t j = std::max(start, done); j < i; ++j) plan.steps_[j] = Step::kReference;
    plan.steps_[i] = Step::kShow;
    done = i + 1;
  }
  return plan;
}

bool SamplingPlan::StartsAfresh(std::int64_t packet) const {
  return packet > 0 && step(packet) != Step::kDrop && step(packet - 1) == Step::kDrop;
}

std::optional<std::int64_t> SamplingPlan::Take(std::int64_t time_us) {
  if (next_wanted_ == wanted_.size() || time_us < this->time_us(wanted_[next_wanted_])) {
    return std::nullopt;
  }
  const auto after = std::upper_bound(times_us_.begin(), times_us_.end(), time_us);
  const std::int64_t frame = after - times_us_.begin() - 1;
  while (next_wanted_ < wanted_.size() && wanted_[next_wanted_] <= frame) ++next_wanted_;
  return frame;
}

}  // namespace jikimi::media
