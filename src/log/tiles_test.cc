#include "log/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"

namespace jikimi::log {
namespace {

// A log that was written as its files would be, at growing sizes.
class Files {
 public:
  explicit Files(const std::vector<std::uint64_t>& sizes) {
    std::map<std::pair<int, std::uint64_t>, TreeHash> nodes;
    const ReadNodes reader = [&](std::span<const NodeId> ids) -> Result<std::vector<TreeHash>> {
      std::vector<TreeHash> hashes;
      for (const auto& id : ids) hashes.push_back(nodes.at({id.level, id.index}));
      return hashes;
    };
    std::vector<std::vector<std::byte>> entries;
    TreeEdge edge;
    for (const auto size : sizes) {
      const auto old_size = edge.size();
      while (edge.size() < size) {
        const auto text = "entry " + std::to_string(edge.size());
        const auto bytes = AsBytes(text);
        entries.emplace_back(bytes.begin(), bytes.end());
        std::vector<Node> completed;
        edge.Append(LeafHash(bytes), completed);
        for (const auto& node : completed) nodes[{node.id.level, node.id.index}] = node.hash;
      }
      for (const auto& tile : NewTiles(old_size, size)) {
        files[tile.Path()] = MakeTile(tile, reader).value();
        if (tile.level != 0) continue;
        const TileId bundle{TileId::kEntries, tile.index, tile.width};
        files[bundle.Path()] =
            MakeBundle(std::span(entries).subspan(tile.index * kTileWidth,
                                                  static_cast<std::size_t>(tile.width)))
                .value();
      }
      roots[size] = edge.Root();
    }
  }

  ReadTile reader() const {
    return [this](const TileId& tile) -> Result<std::vector<std::byte>> {
      const auto file = files.find(tile.Path());
      if (file == files.end()) return Error{ErrorCode::kNotFound, tile.Path() + ": is missing"};
      return file->second;
    };
  }

  std::map<std::string, std::vector<std::byte>> files;
  std::map<std::uint64_t, TreeHash> roots;
};

struct Named {
  std::string path;
  TileId tile;
};
class TilePathTest : public testing::TestWithParam<Named> {};

TEST_P(TilePathTest, IsWrittenAndRead) {
  EXPECT_EQ(GetParam().tile.Path(), GetParam().path);
  const auto read = TileId::Parse(GetParam().path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, GetParam().tile);
}

INSTANTIATE_TEST_SUITE_P(
    , TilePathTest,
    testing::Values(Named{"tile/0/000", {0, 0, 256}},
                    Named{"tile/3/x001/x234/067", {3, 1234067, 256}},
                    Named{"tile/0/x001/x234/067.p/8", {0, 1234067, 8}},
                    Named{"tile/63/999.p/255", {63, 999, 255}},
                    Named{"tile/1/x001/000.p/1", {1, 1000, 1}},
                    Named{"tile/entries/x001/x234/067", {TileId::kEntries, 1234067, 256}},
                    Named{"tile/entries/000.p/17", {TileId::kEntries, 0, 17}}));

TEST(TilePathSyntaxTest, NoOtherTextIsAPath) {
  for (const auto* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/a/000",
                           "tile/0/x000/001",
                           "tile/0/001/002",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/x001/x002",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/0/000/",
                           "/tile/0/000",
                           "Tile/0/000",
                           "tile/entry/000",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                           "tile/0/ 00",
                           "tile/0/../000"}) {
    EXPECT_EQ(TileId::Parse(path).error().code, ErrorCode::kInvalidArgument) << path;
  }
}

TEST(NewTilesTest, AreThoseOfTheSpecificationsExample) {
  // C2SP tlog-tiles: 70,000 entries are 273 full level 0 tiles and one of width 112, one full level
  // 1 tile and one of width 17, one level 2 tile of width 1.
  std::map<std::pair<int, int>, int> counts;
  for (const auto& tile : NewTiles(0, 70'000)) ++counts[{tile.level, tile.width}];
  const std::map<std::pair<int, int>, int> expected = {
      {{0, 256}, 273}, {{0, 112}, 1}, {{1, 256}, 1}, {{1, 17}, 1}, {{2, 1}, 1}};
  EXPECT_EQ(counts, expected);
  EXPECT_THAT(NewTiles(0, 256), testing::ElementsAre(TileId{0, 0, 256}, TileId{1, 0, 1}));
  EXPECT_THAT(NewTiles(256, 257), testing::ElementsAre(TileId{0, 1, 1}));
  EXPECT_THAT(NewTiles(5, 5), testing::IsEmpty());
  EXPECT_THAT(NewTiles(0, 0), testing::IsEmpty());
}

TEST(TilesTest, GiveEveryRootAndProof) {
  const Files log({1, 2, 255, 256, 257, 1000, 66'000});
  for (const auto& [size, root] : log.roots) {
    const auto nodes = NodesFromTiles(size, log.reader());
    EXPECT_EQ(RootAt(size, nodes).value(), root) << size;
    for (const std::uint64_t index : {std::uint64_t{0}, size / 3, size / 2, size - 1}) {
      const auto proof = InclusionProof(index, size, nodes).value();
      const auto leaf = LeafHash(AsBytes("entry " + std::to_string(index)));
      EXPECT_TRUE(VerifyInclusion(leaf, index, size, proof, root).has_value());
    }
    for (const auto& [old_size, old_root] : log.roots) {
      if (old_size > size) continue;
      const auto proof = ConsistencyProof(old_size, size, nodes).value();
      EXPECT_TRUE(VerifyConsistency(old_size, old_root, size, root, proof).has_value());
    }
    EXPECT_TRUE(CheckTree(size, root, log.reader()).has_value()) << size;
  }
  EXPECT_TRUE(CheckTree(0, EmptyRoot(), log.reader()).has_value());
}

class CheckTreeTest : public testing::Test {
 protected:
  std::string ErrorOf(const Files& log) const {
    const auto checked = CheckTree(kSize, log_.roots.at(kSize), log.reader());
    return checked ? "" : checked.error().message;
  }

  static constexpr std::uint64_t kSize = 600;
  Files log_{{kSize}};
};

TEST_F(CheckTreeTest, EachFlippedByteIsFoundAndItsFileNamed) {
  for (const auto& [path, bytes] : log_.files) {
    for (std::size_t i = 0; i<bytes.size(); i += bytes.size()> 100 ? 61 : 1) {
      auto changed = log_;
      changed.files[path][i] ^= std::byte{0x20};
      const auto error = ErrorOf(changed);
      ASSERT_FALSE(error.empty()) << path << " byte " << i;
      // The last, partial tiles are compared with the root only when their entries fit.
      const auto index_part = path.substr(path.rfind('/', path.find(".p/")) + 1, 3);
      EXPECT_THAT(error, testing::HasSubstr(index_part)) << path << " byte " << i << ": " << error;
    }
  }
}

TEST_F(CheckTreeTest, EachCutOrMissingFileIsNamed) {
  for (const auto& [path, bytes] : log_.files) {
    for (const std::size_t size : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      auto changed = log_;
      changed.files[path].resize(size);
      EXPECT_THAT(ErrorOf(changed), testing::HasSubstr(path)) << size;
    }
    auto longer = log_;
    longer.files[path].push_back(std::byte{0});
    EXPECT_THAT(ErrorOf(longer), testing::HasSubstr(path));
    auto missing = log_;
    missing.files.erase(path);
    EXPECT_THAT(ErrorOf(missing), testing::HasSubstr(path));
  }
}

TEST_F(CheckTreeTest, AChangedEntryIsNamedByItsNumber) {
  auto changed = log_;
  auto& bundle = changed.files.at("tile/entries/001");
  bundle[2] ^= std::byte{1};
  EXPECT_THAT(ErrorOf(changed), testing::HasSubstr("entry 256 of tile/entries/001"));
}

TEST_F(CheckTreeTest, SwappedEntriesAreFound) {
  auto changed = log_;
  std::swap(changed.files.at("tile/entries/000"), changed.files.at("tile/entries/001"));
  EXPECT_THAT(ErrorOf(changed), testing::HasSubstr("entry 0 of tile/entries/000"));
}

TEST_F(CheckTreeTest, ALogThatWasRewrittenThroughoutHasAnotherRoot) {
  Files other({kSize - 1, kSize});
  auto rewritten = log_;
  TreeHash root = log_.roots.at(kSize);
  root.bytes[0] ^= std::byte{1};
  const auto checked = CheckTree(kSize, root, rewritten.reader());
  EXPECT_THAT(checked.error().message, testing::HasSubstr("another root than the checkpoint"));
  EXPECT_FALSE(CheckTree(kSize - 1, log_.roots.at(kSize), other.reader()).has_value());
}

TEST(BundleTest, EntriesComeBackEmptyAndLongest) {
  const std::vector<std::vector<std::byte>> entries = {
      {}, std::vector<std::byte>(0xffff, std::byte{7}), {std::byte{0}}};
  const auto bundle = MakeBundle(entries).value();
  EXPECT_EQ(bundle.size(), 6u + 0xffff + 1);
  EXPECT_EQ(bundle[2], std::byte{0xff});
  const auto read = ReadBundle(bundle, 3).value();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(std::vector<std::byte>(read[i].begin(), read[i].end()), entries[i]);
  }
  EXPECT_FALSE(ReadBundle(bundle, 2).has_value());
  EXPECT_FALSE(ReadBundle(bundle, 4).has_value());
  EXPECT_THAT(MakeBundle(std::vector(2, std::vector<std::byte>(0x10000))).error().message,
              testing::HasSubstr("entry 0 has 65536 bytes"));
}

TEST(BundleTest, EveryCutSaysWhere) {
  const auto bundle = MakeBundle(std::vector(3, std::vector<std::byte>(5, std::byte{1}))).value();
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    const auto read = ReadBundle(std::span(bundle).first(size), 3);
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error().message, testing::HasSubstr("entry " + std::to_string(size / 7)));
  }
}

}  // namespace
}  // namespace jikimi::log
