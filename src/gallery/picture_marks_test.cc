#include "gallery/picture_marks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "gallery/item_index.h"
#include "gallery/item_record.h"
#include "gallery/painted_marks.h"
#include "gallery/painted_pictures.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Form;
using fingerprint::PictureFingerprint;
using painted::FingerprintOf;

Alignment Agreeing(double log_odds, int pairs, double agreement) {
  Alignment alignment;
  alignment.log_odds = log_odds;
  alignment.agreement = agreement;
  for (int i = 0; i < pairs; ++i) alignment.pairs.push_back({i, i, 30});
  return alignment;
}

TEST(OwnLogOddsTest, GrowsWithWhatPairsTellAndWithHowMuchAgrees) {
  const double own = OwnLogOdds(Agreeing(300, 60, 0.8), {});
  EXPECT_LT(OwnLogOdds(Agreeing(240, 60, 0.8), {}), own) << "more is missing";
  EXPECT_LT(OwnLogOdds(Agreeing(300, 60, 0.6), {}), own) << "less of it agrees";
  EXPECT_GT(OwnLogOdds(Agreeing(480, 60, 1), {}), 8) << "a copy";
  EXPECT_LT(OwnLogOdds(Agreeing(240, 60, 0.6), {}), kOwn) << "a frame";
}

TEST(OwnLogOddsTest, WordsOfTheSamePlaceTellForOrAgainst) {
  const Alignment alignment = Agreeing(300, 60, 0.8);
  const double own = OwnLogOdds(alignment, {});
  EXPECT_GT(OwnLogOdds(alignment, 20), own + 3);
  EXPECT_LT(OwnLogOdds(alignment, 110), own - 3);
  for (int bits = 1; bits <= 256; ++bits) {
    EXPECT_LE(OwnLogOdds(alignment, bits), OwnLogOdds(alignment, bits - 1)) << bits;
  }
}

TEST(OwnLogOddsTest, NothingThatAgreesSaysNothingForIt) {
  EXPECT_LT(OwnLogOdds(Agreeing(0, 0, 0), 0), kOwn);
}

// Registered pictures, each tried for a query.
class World {
 public:
  explicit World(const std::vector<Pixels>& registered) : index_(std::move(*ItemIndex::Make())) {
    for (const Pixels& picture : registered) {
      const auto record = MakeItemRecord(FingerprintOf(picture));
      EXPECT_TRUE(record.has_value());
      EXPECT_TRUE(index_->Add({index_->items() + 1000}, *record).has_value());
    }
  }

  // What is left of the trials of all registered pictures after RefuseMarks(). As in a search, but
  // that even what is held to be a mark's by itself may stand.
  std::vector<Trial> Tried(const Pixels& picture) {
    const PictureFingerprint print = FingerprintOf(picture).pictures[0];
    AskedPicture asked(print);
    KnownPictures known(*index_);
    std::vector<Trial> trials;
    for (std::uint32_t i = 0; i < index_->pictures(); ++i) {
      Trial trial;
      trial.picture = trial.item = i;
      auto alignment = Laid(asked, known.Of(i), Form::kPlain, {});
      if (alignment && Convincing(*alignment)) {
        trial.own_log_odds = OwnLogOdds(
            *alignment, WordDistanceAt(alignment->placement, asked.words(), known.Of(i).words));
        trial.alignment = std::move(alignment);
      } else {
        trial.shared = std::move(alignment);
        trial.refused = true;
      }
      trials.push_back(std::move(trial));
    }
    RefuseMarks(asked, known, trials);
    return trials;
  }

  // Trials by photo word alone, of the first `count` registered pictures.
  std::vector<Trial> TriedByWord(const Pixels& picture, std::uint32_t count) {
    const PictureFingerprint print = FingerprintOf(picture).pictures[0];
    AskedPicture asked(print);
    KnownPictures known(*index_);
    std::vector<Trial> trials(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      trials[i].picture = trials[i].item = i;
      trials[i].word = WordMatch{.distance = 25};
    }
    RefuseMarks(asked, known, trials);
    return trials;
  }

  std::vector<fingerprint::Patch> PatchesOf(std::uint32_t picture) const {
    return index_->patches(picture);
  }

 private:
  std::unique_ptr<ItemIndex> index_;
};

std::vector<std::uint32_t> Standing(const std::vector<Trial>& trials) {
  std::vector<std::uint32_t> pictures;
  for (const Trial& trial : trials) {
    if (!trial.refused) pictures.push_back(trial.picture);
  }
  return pictures;
}

class RefuseMarksAmongManyTest : public testing::TestWithParam<painted::Mark> {};

TEST_P(RefuseMarksAmongManyTest, LeavesTheCopyAmongAllThatBearTheMark) {
  std::vector<Pixels> registered;
  for (std::uint64_t i = 0; i < 10; ++i) {
    registered.push_back(GetParam().add(painted::Picture(2000 + i)));
  }
  World world(registered);
  const Pixels copy = painted::Noisy(registered[3], 9, 20);
  EXPECT_EQ(Standing(world.Tried(copy)), std::vector<std::uint32_t>{3});
  EXPECT_TRUE(Standing(world.Tried(GetParam().add(painted::Picture(2999)))).empty());
}

INSTANTIATE_TEST_SUITE_P(, RefuseMarksAmongManyTest, testing::ValuesIn(painted::Marks()),
                         [](const auto& test) { return test.param.name; });

TEST(RefuseMarksTest, OtherScreenshotsOfOneChatTellWhatIsTheChats) {
  std::vector<Pixels> registered;
  for (std::uint64_t i = 0; i < 10; ++i) {
    registered.push_back(painted::InChat(painted::Picture(2000 + i)));
  }
  World world(registered);
  EXPECT_EQ(Standing(world.Tried(painted::Noisy(registered[3], 9, 20))),
            std::vector<std::uint32_t>{3});
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(Standing(world.Tried(painted::InChat(painted::Picture(2995 + i)))).empty()) << i;
  }
}

TEST(RefuseMarksTest, TakesOutWhatIsTheMarks) {
  const painted::Mark& frame = painted::MarkNamed("Frame");
  std::vector<Pixels> registered;
  for (std::uint64_t i = 0; i < 10; ++i)
    registered.push_back(frame.add(painted::Picture(2000 + i)));
  World world(registered);
  // Half of the picture is covered, so it is not beyond doubt.
  Pixels covered = registered[3];
  painted::Paste(covered, painted::Picture(5, 200, 300), 40, 40);
  const auto trials = world.Tried(covered);
  const Trial& trial = trials[3];
  const auto patches = world.PatchesOf(3);
  ASSERT_EQ(trial.marks.size(), patches.size());
  int in_frame = 0, in_picture = 0;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (!trial.marks[i]) continue;
    const bool inside =
        patches[i].x > 60 && patches[i].x < 420 && patches[i].y > 60 && patches[i].y < 320;
    ++(inside ? in_picture : in_frame);
  }
  EXPECT_GE(in_frame, 5);
  EXPECT_LE(in_picture, in_frame / 5);
}

TEST(RefuseMarksTest, WritingThatOthersBearTakesNothingFromTheRestOfThePicture) {
  const auto written = [](Pixels picture) {
    painted::Paste(picture, painted::Glyphs(6, 400, 40, 24), 0, 70);
    painted::Paste(picture, painted::Glyphs(7, 400, 40, 24), 0, 200);
    return picture;
  };
  std::vector<Pixels> registered = {painted::Picture(2000)};
  for (std::uint64_t i = 1; i < 10; ++i) registered.push_back(written(painted::Picture(2000 + i)));
  World world(registered);
  EXPECT_EQ(Standing(world.Tried(written(painted::Noisy(registered[0], 9, 15)))),
            std::vector<std::uint32_t>{0});
  EXPECT_TRUE(Standing(world.Tried(written(painted::Picture(2999)))).empty());
}

TEST(RefuseMarksTest, OneAloneStands) {
  // Nobody else has the mark: nothing tells it from the picture but the two themselves.
  World world({painted::Picture(1), painted::Picture(2)});
  EXPECT_EQ(Standing(world.Tried(painted::Cut(painted::Picture(1), 60, 40, 280, 200))),
            std::vector<std::uint32_t>{0});
}

TEST(RefuseMarksTest, TwoUnrelatedPicturesCantBothBeTheQueryByAWord) {
  World world({painted::Picture(1), painted::Picture(2)});
  EXPECT_EQ(Standing(world.TriedByWord(painted::Picture(3), 1)), std::vector<std::uint32_t>{0});
  EXPECT_TRUE(Standing(world.TriedByWord(painted::Picture(3), 2)).empty());
  World kin({painted::Picture(1), painted::Noisy(painted::Picture(1), 4, 20)});
  EXPECT_EQ(Standing(kin.TriedByWord(painted::Picture(3), 2)).size(), 2u);
}

TEST(RefuseMarksTest, NothingTriedIsNothingRefused) {
  World world({painted::Picture(1)});
  EXPECT_TRUE(world.TriedByWord(painted::Picture(3), 0).empty());
}

}  // namespace
}  // namespace jikimi::gallery
