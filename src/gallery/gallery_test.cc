#include "gallery/gallery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "gallery/painted_marks.h"
#include "gallery/painted_pictures.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Fingerprint;
using painted::FingerprintOf;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gallery-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::vector<std::uint64_t> NumbersOf(const std::vector<Verdict>& verdicts) {
  std::vector<std::uint64_t> numbers;
  for (const Verdict& verdict : verdicts) numbers.push_back(verdict.item.value);
  return numbers;
}

std::vector<std::uint64_t> Found(const Gallery& gallery, const Fingerprint& query) {
  const auto verdicts = gallery.Ask(query);
  CHECK(verdicts.has_value());
  return NumbersOf(*verdicts);
}

// Forty unrelated pictures, numbered from 100.
constexpr std::uint64_t kFirst = 100;
constexpr int kPictures = 40;
const Gallery& Forty() {
  static const Gallery* const gallery = [] {
    auto* made = new Gallery(Gallery::InMemory());
    for (int i = 0; i < kPictures; ++i) {
      const auto number = kFirst + static_cast<std::uint64_t>(i);
      CHECK(made->Add({number}, FingerprintOf(painted::Picture(number))).has_value());
    }
    return made;
  }();
  return *gallery;
}

TEST(GalleryTest, UnrelatedPicturesAreNotFound) {
  for (std::uint64_t seed = 1000; seed < 1040; ++seed) {
    EXPECT_THAT(Found(Forty(), FingerprintOf(painted::Picture(seed))), testing::IsEmpty());
  }
}

struct Edit {
  std::string name;
  std::function<Pixels(const Pixels&)> apply;
  Likeness likeness = Likeness::kAltered;
  bool mirrored = false, negative = false;
  double rotation = 0;
  double scale = 1;
};

class GalleryEditTest : public testing::TestWithParam<Edit> {};

TEST_P(GalleryEditTest, IsFoundWithWhatWasDone) {
  const Edit& edit = GetParam();
  for (const std::uint64_t number : {kFirst, kFirst + 7, kFirst + 23}) {
    const auto verdicts = Forty().Ask(FingerprintOf(edit.apply(painted::Picture(number))));
    ASSERT_TRUE(verdicts.has_value());
    ASSERT_THAT(NumbersOf(*verdicts), testing::ElementsAre(number));
    const Verdict& verdict = (*verdicts)[0];
    EXPECT_EQ(verdict.likeness, edit.likeness)
        << number << ": words " << verdict.word_distance.value_or(256) << " bits apart, "
        << verdict.matched_patches << " patches";
    EXPECT_GT(verdict.score, 0.5);
    EXPECT_LE(verdict.score, 1);
    EXPECT_EQ(verdict.how.mirrored, edit.mirrored);
    EXPECT_EQ(verdict.how.negative, edit.negative);
    const double off = std::remainder(verdict.how.rotation_degrees - edit.rotation, 360);
    EXPECT_NEAR(off, 0, 2);
    EXPECT_NEAR(verdict.how.scale, edit.scale, 0.03 * edit.scale);
    EXPECT_TRUE(verdict.segments.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    , GalleryEditTest,
    testing::Values(
        Edit{"None", [](const Pixels& p) { return p; }, Likeness::kSame},
        Edit{"Noise", [](const Pixels& p) { return painted::Noisy(p, 1, 25); }, Likeness::kSame},
        Edit{.name = "HalfTheSize",
             .apply = [](const Pixels& p) { return painted::Resized(p, 200, 150); },
             .likeness = Likeness::kSame,
             .scale = 0.5},
        Edit{.name = "TwiceTheSize",
             .apply = [](const Pixels& p) { return painted::Resized(p, 800, 600); },
             .likeness = Likeness::kSame,
             .scale = 2},
        Edit{.name = "Mirror", .apply = painted::Mirrored, .mirrored = true},
        Edit{.name = "Negative", .apply = painted::Negative, .negative = true},
        Edit{.name = "QuarterTurn", .apply = painted::QuarterTurned, .rotation = 90},
        Edit{.name = "HalfTurn",
             .apply =
                 [](const Pixels& p) { return painted::QuarterTurned(painted::QuarterTurned(p)); },
             .rotation = 180},
        Edit{"Squeezed", [](const Pixels& p) { return painted::Resized(p, 400, 200); },
             Likeness::kAltered, false, false, 0, 0.816},
        Edit{"Cut", [](const Pixels& p) { return painted::Cut(p, 60, 40, 260, 200); }},
        Edit{.name = "CutAndMirrored",
             .apply =
                 [](const Pixels& p) {
                   return painted::Mirrored(painted::Cut(p, 60, 40, 260, 200));
                 },
             .mirrored = true},
        Edit{.name = "PastedIntoAnother",
             .apply =
                 [](const Pixels& p) {
                   Pixels other = painted::Picture(9999, 640, 480);
                   painted::Paste(other, painted::Resized(p, 320, 240), 200, 130);
                   return other;
                 },
             .scale = 0.8}),
    [](const auto& test) { return test.param.name; });

TEST(GalleryTest, TheVisibleRegionAndItsPlaceAreTold) {
  const auto query = FingerprintOf(painted::Cut(painted::Picture(kFirst), 100, 50, 240, 200));
  const auto verdicts = Forty().Ask(query);
  ASSERT_TRUE(verdicts.has_value());
  ASSERT_EQ(verdicts->size(), 1u);
  const How& how = (*verdicts)[0].how;
  EXPECT_EQ(how.item_size.width, 400);
  EXPECT_EQ(how.query_size.width, 240);
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (const Point& point : how.visible_in_item) {
    left = std::min(left, point.x);
    right = std::max(right, point.x);
    top = std::min(top, point.y);
    bottom = std::max(bottom, point.y);
  }
  EXPECT_NEAR(left, 100, 4);
  EXPECT_NEAR(right, 340, 4);
  EXPECT_NEAR(top, 50, 4);
  EXPECT_NEAR(bottom, 250, 4);
}

TEST(GalleryTest, AddedItemIsFoundByTheNextQueryAndWithdrawnIsNot) {
  Gallery gallery = Gallery::InMemory();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const Fingerprint print = FingerprintOf(painted::Picture(number));
    ASSERT_TRUE(gallery.Add({number}, print).has_value());
    EXPECT_THAT(Found(gallery, print), testing::ElementsAre(number));
    if (number % 2 == 0) {
      ASSERT_TRUE(gallery.Remove({number}).has_value());
      EXPECT_THAT(Found(gallery, print), testing::IsEmpty());
      EXPECT_FALSE(gallery.Contains({number}));
    }
  }
  EXPECT_EQ(gallery.Info().items, 10u);
  EXPECT_EQ(gallery.Remove({2}).error().code, ErrorCode::kNotFound);
  for (std::uint64_t number = 1; number <= 19; number += 2) {
    ASSERT_TRUE(gallery.Remove({number}).has_value());  // memory is given back on the way
  }
  EXPECT_TRUE(gallery.List().empty());
  EXPECT_THAT(Found(gallery, FingerprintOf(painted::Picture(1))), testing::IsEmpty());
}

TEST(GalleryTest, TakenNumberIsRefusedAndTheWholeSpanWithIt) {
  Gallery gallery = Gallery::InMemory();
  const Fingerprint first = FingerprintOf(painted::Picture(1));
  const Fingerprint second = FingerprintOf(painted::Picture(2));
  ASSERT_TRUE(gallery.Add({1}, first).has_value());
  const Registration taken[] = {{{2}, &second}, {{1}, &second}};
  EXPECT_EQ(gallery.Add(taken).error().code, ErrorCode::kAlreadyExists);
  const Registration twice[] = {{{2}, &second}, {{2}, &second}};
  EXPECT_EQ(gallery.Add(twice).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(gallery.Info().items, 1u);
  EXPECT_THAT(Found(gallery, second), testing::IsEmpty());
}

TEST(GalleryTest, OnePictureUnderManyNumbersIsFoundUnderAll) {
  Gallery gallery = Gallery::InMemory();
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 1; number <= 8; ++number) {
    const auto copy = painted::Noisy(painted::Picture(5), number, 10);
    ASSERT_TRUE(gallery.Add({number}, FingerprintOf(copy)).has_value());
    numbers.push_back(number);
  }
  EXPECT_THAT(Found(gallery, FingerprintOf(painted::Picture(5))),
              testing::UnorderedElementsAreArray(numbers));
  const auto cut =
      FingerprintOf(painted::Mirrored(painted::Cut(painted::Picture(5), 90, 60, 230, 180)));
  EXPECT_THAT(Found(gallery, cut), testing::UnorderedElementsAreArray(numbers));
}

TEST(GalleryTest, WindowsOfOnePictureAreNoMarkOfEachOther) {
  Gallery gallery = Gallery::InMemory();
  const Pixels whole = painted::Picture(77, 600, 450);
  std::vector<std::uint64_t> windows;
  for (std::uint64_t number = 1; number <= 9; ++number) {
    const int left = static_cast<int>((number - 1) % 3) * 60;
    const int top = static_cast<int>((number - 1) / 3) * 50;
    const Pixels window = painted::Cut(whole, left, top, 460, 340);
    ASSERT_TRUE(gallery.Add({number}, FingerprintOf(window)).has_value());
    windows.push_back(number);
  }
  // What all of them show, and a picture next to it that they don't.
  const Pixels seen = painted::Cut(whole, 130, 110, 320, 220);
  EXPECT_THAT(Found(gallery, FingerprintOf(seen)), testing::UnorderedElementsAreArray(windows));
  Pixels beside = painted::Picture(78, 640, 220);
  painted::Paste(beside, seen, 0, 0);
  EXPECT_THAT(Found(gallery, FingerprintOf(beside)), testing::UnorderedElementsAreArray(windows));
}

TEST(GalleryTest, SenselessFingerprintIsInvalidArgument) {
  Gallery gallery = Gallery::InMemory();
  const auto refused = [&](const std::function<void(Fingerprint&)>& spoil) {
    Fingerprint print = FingerprintOf(painted::Picture(1));
    spoil(print);
    const auto added = gallery.Add({1}, print);
    return !added.has_value() && added.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](Fingerprint& print) { print.pictures.clear(); }));
  EXPECT_TRUE(refused([](Fingerprint& print) { print.pictures[0].width = 0; }));
  EXPECT_TRUE(refused([](Fingerprint& print) { print.pictures[0].patches[0].x = NAN; }));
  EXPECT_TRUE(refused([](Fingerprint& print) { print.pictures[0].patches[0].scale = 0; }));
  EXPECT_TRUE(refused([](Fingerprint& print) { print.pictures[0].whole_quality = 101; }));
  EXPECT_TRUE(refused([](Fingerprint& print) { print.frames.resize(1); }));
  EXPECT_EQ(gallery.Info().items, 0u);
}

TEST(GalleryTest, ReadersAskWhileItemsComeAndGo) {
  std::vector<Fingerprint> prints;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    prints.push_back(FingerprintOf(painted::Picture(seed, 200, 150)));
  }
  Gallery gallery = Gallery::InMemory();
  ASSERT_TRUE(gallery.Add({1000}, prints[0]).has_value());
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      while (!done) {
        const auto verdicts = gallery.Ask(prints[0]);
        if (!verdicts.has_value() || NumbersOf(*verdicts) != std::vector<std::uint64_t>{1000}) {
          ++wrong;
        }
        if (gallery.List().empty() || gallery.Info().items == 0) ++wrong;
      }
    });
  }
  for (std::uint64_t i = 1; i < prints.size(); ++i) {
    if (!gallery.Add({i}, prints[i]).has_value()) ++wrong;
    if (i % 3 == 0 && !gallery.Remove({i}).has_value()) ++wrong;
  }
  for (std::uint64_t i = 1; i < prints.size(); ++i) {
    if (i % 3 != 0 && !gallery.Remove({i}).has_value()) ++wrong;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

using painted::Mark;

class GallerySharedMarkTest : public testing::TestWithParam<Mark> {};

TEST_P(GallerySharedMarkTest, MatchesNothingByItselfAndHidesNothing) {
  const Mark& mark = GetParam();
  constexpr std::uint64_t kSharing = 200;
  Gallery gallery = Gallery::InMemory();
  for (std::uint64_t number = 1; number <= kSharing; ++number) {
    const auto picture = mark.add(painted::Picture(number + 5000));
    ASSERT_TRUE(gallery.Add({number}, FingerprintOf(picture)).has_value());
  }
  int hits = 0;
  for (std::uint64_t i = 0; i < 12; ++i) {
    // Another picture with the mark: nothing. A copy with the mark, cut: the one.
    const auto other = mark.add(painted::Picture(i + 70000));
    EXPECT_THAT(Found(gallery, FingerprintOf(other)), testing::IsEmpty()) << "query " << i;
    const std::uint64_t number = 1 + i * 16;
    const auto copy =
        painted::Mirrored(mark.add(painted::Noisy(painted::Picture(number + 5000), i, 20)));
    const auto found = Found(gallery, FingerprintOf(copy));
    if (found == std::vector<std::uint64_t>{number}) ++hits;
    EXPECT_LE(found.size(), 1u) << "query " << i;
  }
  EXPECT_EQ(hits, 12);
}

INSTANTIATE_TEST_SUITE_P(, GallerySharedMarkTest, testing::ValuesIn(painted::Marks()),
                         [](const auto& test) { return test.param.name; });

TEST(GalleryTest, ReopenedGalleryGivesTheSameVerdicts) {
  const TemporaryFolder folder;
  std::vector<Fingerprint> queries;
  std::vector<std::vector<Verdict>> before;
  {
    auto gallery = Gallery::Create(folder / "g");
    ASSERT_TRUE(gallery.has_value()) << gallery.error().message;
    for (std::uint64_t number = 1; number <= 12; ++number) {
      ASSERT_TRUE(gallery->Add({number}, FingerprintOf(painted::Picture(number))).has_value());
    }
    ASSERT_TRUE(gallery->Remove({4}).has_value());
    for (std::uint64_t number = 1; number <= 12; ++number) {
      queries.push_back(FingerprintOf(painted::Cut(painted::Picture(number), 30, 30, 300, 220)));
      before.push_back(*gallery->Ask(queries.back()));
      EXPECT_EQ(before.back().size(), number == 4 ? 0u : 1u);
    }
  }
  for (const Gallery::Access access : {Gallery::Access::kReadOnly, Gallery::Access::kReadWrite}) {
    auto gallery = Gallery::Open(folder / "g", access);
    ASSERT_TRUE(gallery.has_value()) << gallery.error().message;
    if (access == Gallery::Access::kReadWrite) {
      ASSERT_TRUE(gallery->Compact().has_value());
    }
    EXPECT_EQ(gallery->Info().items, 11u);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto after = gallery->Ask(queries[i]);
      ASSERT_EQ(NumbersOf(*after), NumbersOf(before[i]));
      for (std::size_t v = 0; v < after->size(); ++v) {
        EXPECT_EQ((*after)[v].log_odds, before[i][v].log_odds);
        EXPECT_EQ((*after)[v].likeness, before[i][v].likeness);
      }
    }
  }
}

class CompareUnderAMarkTest : public testing::TestWithParam<Mark> {};

TEST_P(CompareUnderAMarkTest, TellsTwoPicturesFromOne) {
  const Mark& mark = GetParam();
  int found = 0;
  for (std::uint64_t i = 0; i < 8; ++i) {
    const auto item = FingerprintOf(mark.add(painted::Picture(600 + i)));
    const auto other = FingerprintOf(mark.add(painted::Picture(700 + i)));
    EXPECT_FALSE(Compare(other, item).verdict.has_value()) << i;
    const Pixels copy = painted::Noisy(mark.add(painted::Picture(600 + i)), i, 20);
    found += Compare(FingerprintOf(painted::Mirrored(copy)), item).verdict.has_value() ? 1 : 0;
  }
  EXPECT_EQ(found, 8);
}

INSTANTIATE_TEST_SUITE_P(, CompareUnderAMarkTest, testing::ValuesIn(painted::Marks()),
                         [](const auto& test) { return test.param.name; });

TEST(GalleryTest, CompareTellsRelatedFromUnrelatedAndShowsThePatches) {
  const auto item = FingerprintOf(painted::Picture(1));
  const auto copy =
      FingerprintOf(painted::Mirrored(painted::Cut(painted::Picture(1), 50, 50, 250, 200)));
  const Comparison related = Compare(copy, item);
  ASSERT_TRUE(related.verdict.has_value());
  EXPECT_EQ(related.verdict->likeness, Likeness::kAltered);
  EXPECT_TRUE(related.verdict->how.mirrored);
  EXPECT_GE(related.pairs.size(), 10u);
  EXPECT_EQ(static_cast<int>(related.pairs.size()), related.verdict->matched_patches);
  const Comparison unrelated = Compare(FingerprintOf(painted::Picture(2)), item);
  EXPECT_FALSE(unrelated.verdict.has_value());
  EXPECT_TRUE(unrelated.pairs.empty());
}

}  // namespace
}  // namespace jikimi::gallery
