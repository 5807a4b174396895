#ifndef JIKIMI_LOG_MERKLE_H_
#define JIKIMI_LOG_MERKLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace jikimi::log {

// The append-only Merkle tree of RFC 6962, section 2.1, with SHA-256. Pure: hashes come in and go
// out; who keeps them is not its business.

struct TreeHash {
  std::array<std::byte, 32> bytes = {};

  friend bool operator==(const TreeHash&, const TreeHash&) = default;
};

TreeHash LeafHash(std::span<const std::byte> entry);
TreeHash NodeHash(const TreeHash& left, const TreeHash& right);
TreeHash EmptyRoot();

// The largest tree that is handled; real ones are far smaller.
inline constexpr std::uint64_t kMaxTreeSize = std::uint64_t{1} << 62;

// A complete subtree: of the leaves [index * 2^level, (index + 1) * 2^level). Its hash never
// changes once its last leaf is there.
struct NodeId {
  int level = 0;
  std::uint64_t index = 0;

  friend bool operator==(const NodeId&, const NodeId&) = default;
};
struct Node {
  NodeId id;
  TreeHash hash;

  friend bool operator==(const Node&, const Node&) = default;
};

// Gives the hashes of these nodes, in this order.
using ReadNodes = std::function<Result<std::vector<TreeHash>>(std::span<const NodeId>)>;

// The right edge of a tree: all that appending needs, at most 62 hashes.
class TreeEdge {
 public:
  TreeEdge() = default;
  // The edge of a tree that is kept elsewhere.
  static Result<TreeEdge> Resume(std::uint64_t size, const ReadNodes& read);

  // Appends a leaf; adds the nodes that it completes to `completed`, the leaf itself first, in
  // amortised two hashes a leaf.
  void Append(const TreeHash& leaf, std::vector<Node>& completed);

  std::uint64_t size() const { return size_; }
  TreeHash Root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<TreeHash> edge_;  // of the complete subtrees, large to small, left to right
};

// The root of the first `size` leaves.
Result<TreeHash> RootAt(std::uint64_t size, const ReadNodes& read);

// Hashes from the leaf's sibling up to the root's child (RFC 6962, 2.1.1). kInvalidArgument unless
// index < size.
Result<std::vector<TreeHash>> InclusionProof(std::uint64_t index, std::uint64_t size,
                                             const ReadNodes& read);

// That the first `old_size` leaves of a tree of `new_size` are the older tree (RFC 6962, 2.1.2).
// Empty where one is empty or both are equal.
Result<std::vector<TreeHash>> ConsistencyProof(std::uint64_t old_size, std::uint64_t new_size,
                                               const ReadNodes& read);

// Check what the two functions above made (RFC 9162, 2.1.3.2 and 2.1.4.2). A wrong number of hashes
// is kInvalidArgument and says how many there should be; hashes that lead elsewhere are kCorrupt.
Result<void> VerifyInclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                             std::span<const TreeHash> proof, const TreeHash& root);
Result<void> VerifyConsistency(std::uint64_t old_size, const TreeHash& old_root,
                               std::uint64_t new_size, const TreeHash& new_root,
                               std::span<const TreeHash> proof);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_MERKLE_H_
