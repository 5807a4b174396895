#include "log/merkle.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "vault/hkdf.h"

namespace jikimi::log {
namespace {

constexpr std::byte kLeafPrefix{0};
constexpr std::byte kNodePrefix{1};

// Leaves [begin, end).
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
};

// The largest power of two under `size`, which is at least 2: where RFC 6962 splits a tree.
std::uint64_t SplitOf(std::uint64_t size) { return std::bit_floor(size - 1); }

// The complete subtrees of a range that begins at a multiple of a power of two that is no smaller
// than it, large to small.
void AddCover(Range range, std::vector<NodeId>& nodes) {
  while (range.begin < range.end) {
    const std::uint64_t width = std::bit_floor(range.size());
    nodes.push_back({std::countr_zero(width), range.begin / width});
    range.begin += width;
  }
}

// The hash of a range from those of its cover.
TreeHash FoldCover(std::span<const TreeHash> cover) {
  TreeHash hash = cover.back();
  for (std::size_t i = cover.size() - 1; i > 0; --i) hash = NodeHash(cover[i - 1], hash);
  return hash;
}

// The hashes of ranges, read in one go.
Result<std::vector<TreeHash>> HashRanges(std::span<const Range> ranges, const ReadNodes& read) {
  std::vector<NodeId> nodes;
  std::vector<std::size_t> ends;
  for (const auto& range : ranges) {
    AddCover(range, nodes);
    ends.push_back(nodes.size());
  }
  const auto hashes = TRY(read(nodes));
  CHECK(hashes.size() == nodes.size());
  std::vector<TreeHash> folded;
  std::size_t begin = 0;
  for (const auto end : ends) {
    folded.push_back(FoldCover(std::span(hashes).subspan(begin, end - begin)));
    begin = end;
  }
  return folded;
}

// The ranges whose hashes prove that a leaf is included, from its sibling upwards.
std::vector<Range> InclusionRanges(std::uint64_t index, std::uint64_t size) {
  std::vector<Range> ranges;
  Range tree{0, size};
  while (tree.size() > 1) {
    const std::uint64_t middle = tree.begin + SplitOf(tree.size());
    if (index < middle) {
      ranges.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      ranges.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<Range> ConsistencyRanges(std::uint64_t old_size, std::uint64_t new_size) {
  std::vector<Range> ranges;
  if (old_size == 0 || old_size == new_size) return ranges;
  Range tree{0, new_size};
  bool is_old_root = true;  // then the verifier has it
  while (tree.end != old_size) {
    const std::uint64_t middle = tree.begin + SplitOf(tree.size());
    if (old_size <= middle) {
      ranges.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      ranges.push_back({tree.begin, middle});
      tree.begin = middle;
      is_old_root = false;
    }
  }
  if (!is_old_root) ranges.push_back(tree);
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

Error Invalid(std::string_view what, std::string problem) {
  return {ErrorCode::kInvalidArgument, std::string(what) + ": " + std::move(problem)};
}

Result<void> CheckSizes(std::string_view what, std::uint64_t inner, std::uint64_t size) {
  if (inner <= size && size <= kMaxTreeSize) return {};
  return Invalid(what, std::to_string(inner) + " is not in a tree of " + std::to_string(size));
}

Result<void> CheckEntry(std::uint64_t index, std::uint64_t size) {
  if (index < size && size <= kMaxTreeSize) return {};
  return Invalid("inclusion proof",
                 "entry " + std::to_string(index) + " is not in a tree of " + std::to_string(size));
}

Result<void> CheckCount(std::string_view what, std::size_t count, std::size_t expected) {
  if (count == expected) return {};
  return Invalid(what,
                 "has " + std::to_string(count) + " hashes instead of " + std::to_string(expected));
}

// One step up of the verification: drops the last bit, and with it those levels at which the node
// is a right edge without sibling.
void StepUp(std::uint64_t& node, std::uint64_t& last, bool was_right) {
  if (was_right) {
    while ((node & 1) == 0 && node != 0) {
      node >>= 1;
      last >>= 1;
    }
  }
  node >>= 1;
  last >>= 1;
}

}  // namespace

TreeHash LeafHash(std::span<const std::byte> entry) {
  std::vector<std::byte> message;
  message.reserve(1 + entry.size());
  message.push_back(kLeafPrefix);
  message.insert(message.end(), entry.begin(), entry.end());
  return {vault::Sha256(message)};
}

TreeHash NodeHash(const TreeHash& left, const TreeHash& right) {
  std::array<std::byte, 65> message;
  message[0] = kNodePrefix;
  std::copy(left.bytes.begin(), left.bytes.end(), message.begin() + 1);
  std::copy(right.bytes.begin(), right.bytes.end(), message.begin() + 33);
  return {vault::Sha256(message)};
}

TreeHash EmptyRoot() { return {vault::Sha256({})}; }

Result<TreeEdge> TreeEdge::Resume(std::uint64_t size, const ReadNodes& read) {
  TRY(CheckSizes("tree", 0, size));
  std::vector<NodeId> nodes;
  AddCover({0, size}, nodes);
  TreeEdge edge;
  edge.size_ = size;
  edge.edge_ = TRY(read(nodes));
  CHECK(edge.edge_.size() == nodes.size());
  return edge;
}

void TreeEdge::Append(const TreeHash& leaf, std::vector<Node>& completed) {
  CHECK(size_ < kMaxTreeSize);
  TreeHash hash = leaf;
  completed.push_back({{0, size_}, hash});
  // Each trailing one of the size is a complete subtree that finds its sibling.
  int level = 0;
  for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    hash = NodeHash(edge_.back(), hash);
    edge_.pop_back();
    ++level;
    completed.push_back({{level, rest >> 1}, hash});
  }
  edge_.push_back(hash);
  ++size_;
}

TreeHash TreeEdge::Root() const { return edge_.empty() ? EmptyRoot() : FoldCover(edge_); }

Result<TreeHash> RootAt(std::uint64_t size, const ReadNodes& read) {
  return TRY(TreeEdge::Resume(size, read)).Root();
}

Result<std::vector<TreeHash>> InclusionProof(std::uint64_t index, std::uint64_t size,
                                             const ReadNodes& read) {
  TRY(CheckEntry(index, size));
  return HashRanges(InclusionRanges(index, size), read);
}

Result<std::vector<TreeHash>> ConsistencyProof(std::uint64_t old_size, std::uint64_t new_size,
                                               const ReadNodes& read) {
  TRY(CheckSizes("consistency proof", old_size, new_size));
  return HashRanges(ConsistencyRanges(old_size, new_size), read);
}

Result<void> VerifyInclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                             std::span<const TreeHash> proof, const TreeHash& root) {
  constexpr std::string_view kWhat = "inclusion proof";
  TRY(CheckEntry(index, size));
  TRY(CheckCount(kWhat, proof.size(), InclusionRanges(index, size).size()));
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  TreeHash hash = leaf;
  for (const auto& sibling : proof) {
    const bool is_right = (node & 1) != 0 || node == last;
    hash = is_right ? NodeHash(sibling, hash) : NodeHash(hash, sibling);
    StepUp(node, last, is_right);
  }
  if (hash != root) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": entry " + std::to_string(index) +
                                          " leads to another root: the entry, its number, the "
                                          "proof or the checkpoint was changed"};
  }
  return {};
}

Result<void> VerifyConsistency(std::uint64_t old_size, const TreeHash& old_root,
                               std::uint64_t new_size, const TreeHash& new_root,
                               std::span<const TreeHash> proof) {
  constexpr std::string_view kWhat = "consistency proof";
  TRY(CheckSizes(kWhat, old_size, new_size));
  TRY(CheckCount(kWhat, proof.size(), ConsistencyRanges(old_size, new_size).size()));
  const auto differs = [&](std::string_view which) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": from " + std::to_string(old_size) +
                                          " to " + std::to_string(new_size) +
                                          " entries leads to another root of the " +
                                          std::string(which) + " tree"};
  };
  TreeHash old_hash = old_size == 0 ? EmptyRoot() : old_root;
  TreeHash new_hash = old_size == new_size ? old_root : new_root;
  if (!proof.empty()) {
    // The part of the old tree that is a complete subtree of the new one.
    std::uint64_t node = old_size - 1;
    std::uint64_t last = new_size - 1;
    while ((node & 1) != 0) {
      node >>= 1;
      last >>= 1;
    }
    const bool has_start = !std::has_single_bit(old_size);
    old_hash = new_hash = has_start ? proof.front() : old_root;
    for (const auto& sibling : proof.subspan(has_start ? 1 : 0)) {
      const bool is_right = (node & 1) != 0 || node == last;
      if (is_right) old_hash = NodeHash(sibling, old_hash);
      new_hash = is_right ? NodeHash(sibling, new_hash) : NodeHash(new_hash, sibling);
      StepUp(node, last, is_right);
    }
  }
  if (old_hash != old_root) return differs("old");
  if (new_hash != new_root) return differs("new");
  return {};
}

}  // namespace jikimi::log
