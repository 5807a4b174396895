#include "gallery/alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <set>
#include <string>

#include "base/random.h"
#include "fingerprint/patch_scene.h"
#include "gallery/alignment_query.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::ExtractPatches;
using fingerprint::Form;
using fingerprint::Patch;
using fingerprint::Scene;

constexpr int kWidth = 360;
constexpr int kHeight = 260;
constexpr double kPi = std::numbers::pi;

struct Picture {
  PictureSize size;
  std::vector<Patch> patches;
  Side side() const { return {size, patches, {}}; }
};

Picture Seen(const Pixels& pixels, int most) {
  return {{pixels.width(), pixels.height()}, ExtractPatches(pixels.view(), {.max_patches = most})};
}

const Scene& TheScene() {
  static const Scene scene(kWidth, kHeight, 11);
  return scene;
}

const Picture& Item() {
  static const Picture item = Seen(TheScene().View(kWidth, kHeight), 250);
  return item;
}

// How the query shows the item: the item's place for a place in the query, and back.
struct View {
  std::string name;
  int width, height;
  std::function<Scene::Place(Scene::Place)> to_item;
  Form form = Form::kPlain;
  double rotation = 0;  // degrees
  double scale = 1;
  bool mirrored = false;
  double tolerance = 2.5;  // pixels of the query
};

std::function<Scene::Place(Scene::Place)> Turned(double degrees, double scale, int width,
                                                 int height, bool mirrored) {
  const double c = std::cos(degrees * kPi / 180) / scale, s = std::sin(degrees * kPi / 180) / scale;
  return [=](Scene::Place at) {
    const double x = at.x - width / 2.0, y = at.y - height / 2.0;
    const double u = c * x + s * y, v = c * y - s * x;
    return Scene::Place{kWidth / 2.0 + (mirrored ? -u : u), kHeight / 2.0 + v};
  };
}

std::vector<View> Views() {
  const auto same = [](Scene::Place at) { return at; };
  return {
      {"Same", kWidth, kHeight, same},
      {"Turned90", kHeight, kWidth, Turned(90, 1, kHeight, kWidth, false), Form::kPlain, 90},
      {"Turned33", 460, 460, Turned(33, 1, 460, 460, false), Form::kPlain, 33},
      {"TurnedBack150", 460, 460, Turned(-150, 1, 460, 460, false), Form::kPlain, -150},
      {"Larger", 540, 390, Turned(0, 1.5, 540, 390, false), Form::kPlain, 0, 1.5},
      {"Third", 120, 87, Turned(0, 1 / 3.0, 120, 87, false), Form::kPlain, 0, 1 / 3.0},
      {"Mirrored", kWidth, kHeight, Turned(0, 1, kWidth, kHeight, true), Form::kMirrored, 0, 1,
       true},
      {"MirroredAndTurned", 460, 460, Turned(25, 1, 460, 460, true), Form::kMirrored, 25, 1, true},
      {"Cropped", 180, 130,
       [](Scene::Place at) {
         return Scene::Place{at.x + 90, at.y + 70};
       }},
      {"Squeezed", kWidth, 156,
       [](Scene::Place at) {
         return Scene::Place{at.x, at.y / 0.6};
       },
       Form::kPlain, 0, std::sqrt(0.6)},
      {"AtAnAngle", kWidth, kHeight,
       [](Scene::Place at) {
         const double w = 1 + 0.0009 * (at.x - kWidth / 2.0);
         return Scene::Place{kWidth / 2.0 + (at.x - kWidth / 2.0) / w,
                             kHeight / 2.0 + (at.y - kHeight / 2.0) / w};
       },
       Form::kPlain, 0, 1, false, 4},
  };
}

class AlignmentViewTest : public testing::TestWithParam<View> {};

TEST_P(AlignmentViewTest, FindsTheItemAndHowItLies) {
  const View& view = GetParam();
  const Picture query = Seen(TheScene().View(view.width, view.height, view.to_item), 600);
  const auto found = Align(query.side(), Item().side(), view.form);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->form, view.form);
  EXPECT_EQ(found->placement.Mirrored(), view.mirrored);
  EXPECT_NEAR(found->placement.RotationDegreesAt({kWidth / 2.0F, kHeight / 2.0F}), view.rotation,
              3);
  EXPECT_NEAR(found->placement.ScaleAt({kWidth / 2.0F, kHeight / 2.0F}), view.scale,
              0.06 * view.scale);
  // Places in the query come back to themselves through the item.
  for (const double x : {0.25, 0.5, 0.75}) {
    for (const double y : {0.25, 0.5, 0.75}) {
      const Scene::Place at{x * view.width, y * view.height};
      const Scene::Place in_item = view.to_item(at);
      if (in_item.x < 0 || in_item.x > kWidth || in_item.y < 0 || in_item.y > kHeight) continue;
      const Point back =
          found->placement.Apply({static_cast<float>(in_item.x), static_cast<float>(in_item.y)});
      EXPECT_LT(std::hypot(static_cast<double>(back.x) - at.x, static_cast<double>(back.y) - at.y),
                view.tolerance);
    }
  }
}

TEST_P(AlignmentViewTest, PairsAreOneToOneAndPolygonsLieInTheirPictures) {
  const View& view = GetParam();
  const Picture query = Seen(TheScene().View(view.width, view.height, view.to_item), 600);
  const auto found = Align(query.side(), Item().side(), view.form);
  ASSERT_TRUE(found.has_value());
  std::set<int> queries, items;
  for (const auto& pair : found->pairs) {
    EXPECT_TRUE(queries.insert(pair.query).second);
    EXPECT_TRUE(items.insert(pair.item).second);
  }
  ASSERT_GE(found->visible_in_item.size(), 3U);
  ASSERT_EQ(found->visible_in_item.size(), found->place_in_query.size());
  for (std::size_t i = 0; i < found->visible_in_item.size(); ++i) {
    const Point& in_item = found->visible_in_item[i];
    const Point& in_query = found->place_in_query[i];
    EXPECT_TRUE(in_item.x >= 0 && in_item.x <= kWidth && in_item.y >= 0 && in_item.y <= kHeight);
    EXPECT_TRUE(in_query.x >= -0.5F && in_query.x <= static_cast<float>(view.width) + 0.5F);
    EXPECT_TRUE(in_query.y >= -0.5F && in_query.y <= static_cast<float>(view.height) + 0.5F);
    const Point applied = found->placement.Apply(in_item);
    EXPECT_NEAR(applied.x, in_query.x, 1);
    EXPECT_NEAR(applied.y, in_query.y, 1);
  }
}

TEST_P(AlignmentViewTest, IsFoundNearARoughPlacementToo) {
  const View& view = GetParam();
  const Picture query = Seen(TheScene().View(view.width, view.height, view.to_item), 600);
  const auto found = Align(query.side(), Item().side(), view.form);
  ASSERT_TRUE(found.has_value());
  Placement rough = found->placement;
  rough.matrix[2] += 1;
  rough.matrix[5] -= 1;
  const QueryInForm in_form(query.size, query.patches, view.form);
  const auto near = AlignmentNear(rough, in_form, Item().side());
  ASSERT_TRUE(near.has_value());
  EXPECT_TRUE(Convincing(*near));
  EXPECT_GE(near->log_odds, 0.9 * found->log_odds);
  // And the other way round.
  const QueryInForm back(Item().size, Item().patches, view.form);
  const auto inverse = AlignmentNear(found->placement.Inverted(), back, query.side());
  ASSERT_TRUE(inverse.has_value());
  EXPECT_TRUE(Convincing(*inverse));
  const Placement round = found->placement.After(inverse->placement);
  const Point middle = {static_cast<float>(view.width) / 2, static_cast<float>(view.height) / 2};
  EXPECT_NEAR(round.Apply(middle).x, middle.x, 2 * view.tolerance);
  EXPECT_NEAR(round.Apply(middle).y, middle.y, 2 * view.tolerance);
}

TEST_P(AlignmentViewTest, IsDeterministic) {
  const View& view = GetParam();
  const Picture query = Seen(TheScene().View(view.width, view.height, view.to_item), 600);
  const auto one = Align(query.side(), Item().side(), view.form);
  const auto two = Align(query.side(), Item().side(), view.form);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->log_odds, two->log_odds);
  EXPECT_EQ(one->placement.matrix, two->placement.matrix);
}

INSTANTIATE_TEST_SUITE_P(, AlignmentViewTest, testing::ValuesIn(Views()),
                         [](const auto& test) { return test.param.name; });

TEST(PlacementTest, InvertedUndoesIt) {
  const Placement placement{{0.8, -0.3, 40, 0.25, 1.1, -7, 2e-4, -1e-4, 1}};
  const Placement inverse = placement.Inverted();
  for (const Point at : {Point{0, 0}, Point{300, 20}, Point{120, 240}}) {
    const Point back = inverse.Apply(placement.Apply(at));
    EXPECT_NEAR(back.x, at.x, 1e-3);
    EXPECT_NEAR(back.y, at.y, 1e-3);
    const Point same = placement.After(inverse).Apply(at);
    EXPECT_NEAR(same.x, at.x, 1e-3);
    EXPECT_NEAR(same.y, at.y, 1e-3);
  }
}

TEST(AlignmentTest, TheNegativeIsFoundInTheNegativeFormOnly) {
  Pixels negative = TheScene().View(kWidth, kHeight);
  for (auto& pixel : negative.bytes()) pixel = static_cast<std::uint8_t>(255 - pixel);
  const Picture query = Seen(negative, 600);
  EXPECT_TRUE(Align(query.side(), Item().side(), Form::kNegative).has_value());
  EXPECT_FALSE(Align(query.side(), Item().side(), Form::kPlain).has_value());
  EXPECT_FALSE(Align(query.side(), Item().side(), Form::kMirroredNegative).has_value());
}

TEST(AlignmentTest, UnrelatedScenesAreNotFound) {
  for (std::uint64_t seed = 100; seed < 112; ++seed) {
    const Picture query = Seen(Scene(kWidth, kHeight, seed).View(kWidth, kHeight), 600);
    for (int form = 0; form < fingerprint::kForms; ++form) {
      EXPECT_FALSE(Align(query.side(), Item().side(), static_cast<Form>(form)).has_value()) << seed;
    }
  }
}

TEST(AlignmentTest, RandomPatchesAreNotFound) {
  SplitMix64 random(1);
  const auto patches = [&](int count) {
    std::vector<Patch> result(static_cast<std::size_t>(count));
    for (Patch& patch : result) {
      patch.word = Word256({random.Next(), random.Next(), random.Next(), random.Next()});
      patch.x = static_cast<float>(random.Unit() * kWidth);
      patch.y = static_cast<float>(random.Unit() * kHeight);
      patch.scale = static_cast<float>(1 + 10 * random.Unit());
      patch.angle = static_cast<float>(6.28 * random.Unit());
      patch.bright = random.Below(2) == 0;
    }
    return result;
  };
  for (int i = 0; i < 20; ++i) {
    const Picture query{{kWidth, kHeight}, patches(600)};
    const Picture item{{kWidth, kHeight}, patches(250)};
    EXPECT_FALSE(Align(query.side(), item.side(), Form::kPlain).has_value());
  }
}

TEST(AlignmentTest, ASharedLogoAloneIsNotFound) {
  // The corner of both shows the same part of a third scene.
  const Scene logo(80, 80, 77, 60);
  const auto marked = [&](const Scene& scene) {
    Pixels pixels = scene.View(kWidth, kHeight);
    const Pixels mark = logo.View(80, 80);
    for (int y = 0; y < 80; ++y)
      std::copy_n(mark.row(y), 80, pixels.row(kHeight - 84 + y) + kWidth - 84);
    return Seen(pixels, 600);
  };
  const Picture query = marked(Scene(kWidth, kHeight, 201));
  Picture item = marked(Scene(kWidth, kHeight, 202));
  item.patches.resize(std::min<std::size_t>(item.patches.size(), 250));
  EXPECT_FALSE(Align(query.side(), item.side(), Form::kPlain).has_value());
}

TEST(AlignmentTest, PatchesThatEveryPictureHasTellNothing) {
  const Picture query = Seen(TheScene().View(kWidth, kHeight), 600);
  const std::vector<float> everywhere(Item().patches.size(), 0.0F);
  EXPECT_FALSE(
      Align(query.side(), {Item().size, Item().patches, everywhere}, Form::kPlain).has_value());
  const std::vector<float> rare(Item().patches.size(), 12.0F);
  EXPECT_TRUE(Align(query.side(), {Item().size, Item().patches, rare}, Form::kPlain).has_value());
}

TEST(AlignmentTest, ManyPlacesOnOneDoNotCount) {
  // Every patch of the item looks like one that the query has only once.
  const Word256 word({0x123456789abcdef0, 42, 7, 99});
  std::vector<Patch> item(200), query(200);
  SplitMix64 random(4);
  for (std::size_t i = 0; i < item.size(); ++i) {
    item[i].word = word;
    item[i].x = static_cast<float>(random.Unit() * kWidth);
    item[i].y = static_cast<float>(random.Unit() * kHeight);
    item[i].scale = 3;
    query[i] = item[i];
    query[i].word = Word256({random.Next(), random.Next(), random.Next(), random.Next()});
  }
  query[0].word = word;
  EXPECT_FALSE(Align({{kWidth, kHeight}, query, {}}, {{kWidth, kHeight}, item, {}}, Form::kPlain)
                   .has_value());
}

TEST(AlignmentTest, NothingOnEitherSideIsNoAlignment) {
  const Picture empty{{kWidth, kHeight}, {}};
  EXPECT_FALSE(Align(empty.side(), Item().side(), Form::kPlain).has_value());
  EXPECT_FALSE(Align(Item().side(), empty.side(), Form::kMirrored).has_value());
  EXPECT_FALSE(Align(empty.side(), empty.side(), Form::kNegative).has_value());
}

TEST(AlignmentTest, BrokenPlacesAreBearable) {
  std::vector<Patch> patches = Item().patches;
  for (Patch& patch : patches) patch.x = patch.y = 0;
  Align({{0, 0}, patches, {}}, Item().side(), Form::kPlain);
  for (Patch& patch : patches) patch.scale = 0;
  Align({{kWidth, kHeight}, patches, {}}, {{kWidth, kHeight}, patches, {}}, Form::kPlain);
  EXPECT_FALSE(Align({{kWidth, kHeight}, patches, {}}, Item().side(), Form::kPlain).has_value());
}

}  // namespace
}  // namespace jikimi::gallery
