// alignment_pairs ORIGINALS COPIES OUT
//
// Writes what tools/learn_patch_projections.py learns from: the histograms of patches that a
// picture and its altered copy share. ORIGINALS has lines "number path", COPIES has "edit number
// path"; the pictures are binary PPM or PGM. A copy is laid on its original by Align(); then every
// patch that lies where the placement says is taken as a pair, however its word looks.
//
// OUT: records of an int32 (the edit's number by first appearance) and 2 x 128 int16 (the histogram
// in the copy, brought to the original's form, and in the original), little-endian.

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "fingerprint/patch.h"
#include "fingerprint/patch_descriptor.h"
#include "fingerprint/patch_detector.h"
#include "fingerprint/patch_pyramid.h"
#include "fingerprint/patch_selection.h"
#include "gallery/alignment.h"
#include "gallery/alignment_candidates.h"
#include "gallery/alignment_fit.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Form;
using fingerprint::Histogram;
using fingerprint::Patch;

constexpr float kNearPlace = 0.8F;  // patch scales
constexpr float kNearScale = 0.3F;  // natural log
constexpr float kNearTurn = 0.3F;   // radians
constexpr double kSure = 150;       // log-odds
constexpr std::size_t kSurePairs = 15;

struct Described {
  PictureSize size;
  std::vector<Patch> patches;
  std::vector<Histogram> histograms;
};

Pixels ReadPnm(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic;
  int width = 0, height = 0, most = 0;
  in >> magic >> width >> height >> most;
  in.get();
  if (!in || (magic != "P5" && magic != "P6") || width < 1 || height < 1 || most != 255) {
    std::cerr << path << ": not a binary PPM or PGM of 8 bits\n";
    std::exit(1);
  }
  Pixels pixels(width, height, magic == "P6" ? 3 : 1);
  in.read(reinterpret_cast<char*>(pixels.bytes().data()),
          static_cast<std::streamsize>(pixels.bytes().size()));
  if (!in) {
    std::cerr << path << ": ends too early\n";
    std::exit(1);
  }
  return pixels;
}

Described Describe(const std::string& path, std::size_t most) {
  const Pixels pixels = ReadPnm(path);
  const auto space = fingerprint::BuildScaleSpace(pixels.view());
  Described result;
  result.size = {pixels.width(), pixels.height()};
  result.patches =
      fingerprint::ExtractPatches(pixels.view(), {.max_patches = static_cast<int>(most)});
  for (const auto& blob : InOrderOfWorth(DetectBlobs(space), space)) {
    const auto directions = DominantDirections(space, blob);
    for (int i = 0; i < directions.count; ++i) {
      if (result.histograms.size() == result.patches.size()) return result;
      result.histograms.push_back(
          DescribePatch(space, blob, directions.angles[static_cast<std::size_t>(i)]));
    }
  }
  return result;
}

// The patch of `copy` nearest to where the original's should be; -1: none near.
int PartnerOf(const Patch& original, const Placement& placement, const std::vector<Patch>& copy) {
  const Point place{original.x, original.y};
  const Point at = placement.Apply(place);
  const LocalMotion motion = MotionAt(placement, place);
  const auto c = static_cast<double>(std::cos(original.angle));
  const auto s = static_cast<double>(std::sin(original.angle));
  const auto angle =
      static_cast<float>(std::atan2(motion.yx * c + motion.yy * s, motion.xx * c + motion.xy * s));
  const float scale =
      original.scale * static_cast<float>(std::sqrt(std::abs(motion.Determinant())));
  int partner = -1;
  float least = kNearPlace * scale;
  for (std::size_t i = 0; i < copy.size(); ++i) {
    const float away = std::hypot(copy[i].x - at.x, copy[i].y - at.y);
    if (copy[i].bright != original.bright || away > least ||
        std::abs(std::log(copy[i].scale / scale)) > kNearScale ||
        std::abs(WrappedAngle(WrappedAngle(copy[i].angle - angle))) > kNearTurn) {
      continue;
    }
    least = away;
    partner = static_cast<int>(i);
  }
  return partner;
}

void WritePairs(const Described& original, const Described& copy, std::int32_t edit,
                std::ofstream& out) {
  Alignment best;
  for (int f = 0; f < fingerprint::kForms; ++f) {
    auto found = BestAlignment({copy.size, copy.patches, {}}, {original.size, original.patches, {}},
                               static_cast<Form>(f));
    if (found && found->log_odds > best.log_odds) best = std::move(*found);
  }
  if (best.log_odds < kSure || best.pairs.size() < kSurePairs) return;
  std::vector<Patch> in_form;
  for (const Patch& patch : copy.patches) {
    in_form.push_back(PatchInForm(patch, best.form, copy.size.width));
  }
  if (best.form == Form::kMirrored || best.form == Form::kMirroredNegative) {
    auto& m = best.placement.matrix;  // onto the mirrored copy
    for (std::size_t i = 0; i < 3; ++i) m[i] = copy.size.width * m[6 + i] - m[i];
  }
  for (std::size_t i = 0; i < original.patches.size(); ++i) {
    const int partner = PartnerOf(original.patches[i], best.placement, in_form);
    if (partner < 0) continue;
    Histogram seen;
    for (std::size_t k = 0; k < seen.size(); ++k) {
      seen[IndexInForm(k, best.form)] = copy.histograms[static_cast<std::size_t>(partner)][k];
    }
    out.write(reinterpret_cast<const char*>(&edit), sizeof edit);
    out.write(reinterpret_cast<const char*>(seen.data()), sizeof seen);
    out.write(reinterpret_cast<const char*>(original.histograms[i].data()), sizeof seen);
  }
}

int Run(const std::string& originals, const std::string& copies, const std::string& output) {
  std::ifstream original_lines(originals), copy_lines(copies);
  std::ofstream out(output, std::ios::binary);
  if (!original_lines || !copy_lines || !out) {
    std::cerr << "alignment_pairs: can't open " << originals << ", " << copies << " or " << output
              << "\n";
    return 1;
  }
  std::map<int, std::string> paths;
  std::map<std::string, std::int32_t> edits;
  int number = 0, known = -1;
  std::string edit, path;
  while (original_lines >> number >> path) paths[number] = path;
  Described original;
  while (copy_lines >> edit >> number >> path) {
    if (number != known) original = Describe(paths.at(number), 500);
    known = number;
    const auto edit_number =
        edits.emplace(edit, static_cast<std::int32_t>(edits.size())).first->second;
    WritePairs(original, Describe(path, 600), edit_number, out);
  }
  return out.flush() ? 0 : 1;
}

}  // namespace
}  // namespace jikimi::gallery

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: alignment_pairs ORIGINALS COPIES OUT\n";
    return 2;
  }
  return jikimi::gallery::Run(argv[1], argv[2], argv[3]);
}
