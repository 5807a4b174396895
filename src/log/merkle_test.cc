#include "log/merkle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"
#include "base/random.h"

namespace jikimi::log {
namespace {

TreeHash FromHex(std::string_view hex) {
  TreeHash hash;
  for (std::size_t i = 0; i < 32; ++i) {
    hash.bytes[i] =
        static_cast<std::byte>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  }
  return hash;
}

std::vector<std::byte> Bytes(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

// RFC 6962's definitions, written down as they stand there: the reference.
TreeHash ReferenceRoot(std::span<const TreeHash> leaves) {
  if (leaves.empty()) return EmptyRoot();
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return NodeHash(ReferenceRoot(leaves.first(k)), ReferenceRoot(leaves.subspan(k)));
}

std::vector<TreeHash> ReferencePath(std::size_t m, std::span<const TreeHash> leaves) {
  if (leaves.size() <= 1) return {};
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  auto path = m < k ? ReferencePath(m, leaves.first(k)) : ReferencePath(m - k, leaves.subspan(k));
  path.push_back(ReferenceRoot(m < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

std::vector<TreeHash> ReferenceSubproof(std::size_t m, std::span<const TreeHash> leaves, bool b) {
  if (m == leaves.size()) {
    if (b) return {};
    return {ReferenceRoot(leaves)};
  }
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  auto proof = m <= k ? ReferenceSubproof(m, leaves.first(k), b)
                      : ReferenceSubproof(m - k, leaves.subspan(k), false);
  proof.push_back(ReferenceRoot(m <= k ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

// A tree with all its nodes in memory.
class Tree {
 public:
  explicit Tree(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      leaves_.push_back(LeafHash(AsBytes("entry " + std::to_string(i))));
      std::vector<Node> completed;
      edge_.Append(leaves_.back(), completed);
      for (const auto& node : completed) nodes_[{node.id.level, node.id.index}] = node.hash;
      roots_.push_back(edge_.Root());
    }
  }

  ReadNodes reader() const {
    return [this](std::span<const NodeId> ids) -> Result<std::vector<TreeHash>> {
      std::vector<TreeHash> hashes;
      for (const auto& id : ids) {
        const auto node = nodes_.find({id.level, id.index});
        if (node == nodes_.end()) return Error{ErrorCode::kNotFound, "no such node"};
        hashes.push_back(node->second);
      }
      return hashes;
    };
  }
  std::span<const TreeHash> leaves() const { return leaves_; }
  TreeHash root(std::size_t size) const { return size == 0 ? EmptyRoot() : roots_[size - 1]; }
  const TreeEdge& edge() const { return edge_; }

 private:
  TreeEdge edge_;
  std::vector<TreeHash> leaves_;
  std::vector<TreeHash> roots_;
  std::map<std::pair<int, std::uint64_t>, TreeHash> nodes_;
};

TEST(MerkleTest, AgreesWithThePublishedVectorsOfCertificateTransparency) {
  // certificate-transparency's merkle_tree_test: these eight entries, and the root at each size.
  const std::vector<std::vector<std::byte>> entries = {
      {},
      Bytes({0x00}),
      Bytes({0x10}),
      Bytes({0x20, 0x21}),
      Bytes({0x30, 0x31}),
      Bytes({0x40, 0x41, 0x42, 0x43}),
      Bytes({0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57}),
      Bytes({0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
             0x6e, 0x6f})};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  TreeEdge edge;
  EXPECT_EQ(edge.Root(),
            FromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  std::vector<Node> completed;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    edge.Append(LeafHash(entries[i]), completed);
    EXPECT_EQ(edge.Root(), FromHex(roots[i])) << i + 1;
  }
}

TEST(MerkleTest, RootsAndProofsAreThoseOfRfc6962AtEverySize) {
  constexpr std::size_t kSize = 70;
  const Tree tree(kSize);
  for (std::size_t size = 0; size <= kSize; ++size) {
    const auto leaves = tree.leaves().first(size);
    EXPECT_EQ(tree.root(size), ReferenceRoot(leaves));
    EXPECT_EQ(RootAt(size, tree.reader()).value(), ReferenceRoot(leaves));
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(index, size, tree.reader()).value();
      ASSERT_EQ(proof, ReferencePath(index, leaves)) << index << " of " << size;
      ASSERT_TRUE(VerifyInclusion(leaves[index], index, size, proof, tree.root(size)).has_value());
    }
    for (std::size_t old = 1; old <= size; ++old) {
      const auto proof = ConsistencyProof(old, size, tree.reader()).value();
      ASSERT_EQ(proof, ReferenceSubproof(old, leaves, true)) << old << " of " << size;
      ASSERT_TRUE(VerifyConsistency(old, tree.root(old), size, tree.root(size), proof).has_value());
    }
  }
}

TEST(MerkleTest, AnEdgeGoesOnFromWhatIsStored) {
  const Tree whole(300);
  for (const std::size_t size : {0U, 1U, 2U, 3U, 127U, 128U, 255U, 256U, 299U}) {
    auto edge = TreeEdge::Resume(size, whole.reader()).value();
    EXPECT_EQ(edge.size(), size);
    EXPECT_EQ(edge.Root(), whole.root(size));
    std::vector<Node> completed;
    for (std::size_t i = size; i < 300; ++i) edge.Append(whole.leaves()[i], completed);
    EXPECT_EQ(edge.Root(), whole.root(300));
  }
}

TEST(MerkleTest, AppendingCompletesEachNodeOnce) {
  TreeEdge edge;
  std::vector<Node> completed;
  for (int i = 0; i < 1000; ++i) edge.Append(LeafHash({}), completed);
  std::map<std::pair<int, std::uint64_t>, int> counts;
  for (const auto& node : completed) ++counts[{node.id.level, node.id.index}];
  std::size_t expected = 0;
  for (std::size_t width = 1; width <= 1000; width *= 2) expected += 1000 / width;
  EXPECT_EQ(counts.size(), expected);
  EXPECT_EQ(completed.size(), expected);
}

class WrongInclusionTest : public testing::TestWithParam<std::size_t> {};

TEST_P(WrongInclusionTest, NoOtherLeafIndexSizeRootOrProofVerifies) {
  const std::size_t size = GetParam();
  const Tree tree(size + 1);
  for (std::size_t index = 0; index < size; ++index) {
    const auto proof = InclusionProof(index, size, tree.reader()).value();
    const auto leaf = tree.leaves()[index];
    const auto root = tree.root(size);
    const auto verifies = [&](const TreeHash& l, std::uint64_t i, std::uint64_t s,
                              std::span<const TreeHash> p, const TreeHash& r) {
      return VerifyInclusion(l, i, s, p, r).has_value();
    };
    ASSERT_TRUE(verifies(leaf, index, size, proof, root));
    for (std::size_t other = 0; other <= size; ++other) {
      if (other == index) continue;
      EXPECT_FALSE(verifies(leaf, other, size, proof, root));
      EXPECT_FALSE(verifies(tree.leaves()[other], index, size, proof, root));
    }
    EXPECT_FALSE(verifies(leaf, index, size, proof, tree.root(size - 1)));
    EXPECT_FALSE(verifies(leaf, index, size, proof, tree.root(size + 1)));
    for (std::size_t i = 0; i < proof.size(); ++i) {
      auto wrong = proof;
      wrong[i].bytes[i % 32] ^= std::byte{1};
      EXPECT_FALSE(verifies(leaf, index, size, wrong, root));
      wrong = proof;
      wrong.erase(wrong.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(verifies(leaf, index, size, wrong, root));
      wrong = proof;
      wrong.insert(wrong.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
      EXPECT_FALSE(verifies(leaf, index, size, wrong, root));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, WrongInclusionTest, testing::Values(1, 2, 3, 7, 8, 13, 33));

TEST(MerkleTest, NoOtherSizesRootsOrProofsAreConsistent) {
  const Tree tree(40);
  for (std::size_t size = 2; size <= 40; size += 3) {
    for (std::size_t old = 1; old < size; ++old) {
      const auto proof = ConsistencyProof(old, size, tree.reader()).value();
      const auto verifies = [&](std::size_t o, const TreeHash& o_root, std::size_t n,
                                const TreeHash& n_root, std::span<const TreeHash> p) {
        return VerifyConsistency(o, o_root, n, n_root, p).has_value();
      };
      EXPECT_FALSE(verifies(old, tree.root(old - 1), size, tree.root(size), proof));
      EXPECT_FALSE(verifies(old, tree.root(old), size, tree.root(size - 1), proof));
      EXPECT_FALSE(verifies(old, EmptyRoot(), size, tree.root(size), proof));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto wrong = proof;
        wrong[i].bytes[31] ^= std::byte{0x80};
        EXPECT_FALSE(verifies(old, tree.root(old), size, tree.root(size), wrong));
        wrong = proof;
        wrong.erase(wrong.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(verifies(old, tree.root(old), size, tree.root(size), wrong));
      }
    }
  }
}

TEST(MerkleTest, EmptyAndEqualTreesAreConsistentWithoutHashes) {
  const Tree tree(5);
  EXPECT_TRUE(ConsistencyProof(0, 5, tree.reader())->empty());
  EXPECT_TRUE(VerifyConsistency(0, EmptyRoot(), 5, tree.root(5), {}).has_value());
  EXPECT_FALSE(VerifyConsistency(0, tree.root(1), 5, tree.root(5), {}).has_value());
  EXPECT_TRUE(VerifyConsistency(5, tree.root(5), 5, tree.root(5), {}).has_value());
  EXPECT_FALSE(VerifyConsistency(5, tree.root(5), 5, tree.root(4), {}).has_value());
  EXPECT_FALSE(VerifyConsistency(5, tree.root(4), 5, tree.root(5), {}).has_value());
  EXPECT_TRUE(VerifyConsistency(0, EmptyRoot(), 0, EmptyRoot(), {}).has_value());
}

TEST(MerkleTest, ImpossibleSizesAreRefused) {
  const Tree tree(3);
  for (const std::uint64_t index : {std::uint64_t{3}, UINT64_MAX}) {
    EXPECT_EQ(InclusionProof(index, 3, tree.reader()).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(VerifyInclusion({}, index, 3, {}, {}).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(InclusionProof(0, UINT64_MAX, tree.reader()).has_value());
  EXPECT_FALSE(ConsistencyProof(4, 3, tree.reader()).has_value());
  EXPECT_FALSE(VerifyConsistency(1, {}, kMaxTreeSize + 1, {}, {}).has_value());
  EXPECT_THAT(VerifyInclusion({}, 0, kMaxTreeSize, {}, {}).error().message,
              testing::HasSubstr("has 0 hashes instead of 62"));
}

TEST(MerkleTest, AReaderThatFailsFailsTheProof) {
  const ReadNodes broken = [](std::span<const NodeId>) -> Result<std::vector<TreeHash>> {
    return Error{ErrorCode::kUnavailable, "tile/0/000: gone"};
  };
  EXPECT_EQ(InclusionProof(1, 3, broken).error().message, "tile/0/000: gone");
  EXPECT_EQ(RootAt(3, broken).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace jikimi::log
