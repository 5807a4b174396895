#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/log_contract.h"
#include "log/succession.h"
#include "log/verify.h"

namespace jikimi::log {
namespace {

using Names = std::vector<std::string>;

class RestoredTest : public LogContractTest {
 protected:
  // Fills the log under the first key, brings it back to what a backup of 300 entries held, and
  // goes on under a second key. kept_ stays the last checkpoint of the first.
  void Restore() {
    AppendMany(300);
    Number();
    at_backup_ = Must(Tree(*database_).LastCheckpoint());
    const auto tiles = store::Rows(*database_, "SELECT level, place, hashes FROM log_tile");
    const auto entries = store::Number(*database_, "SELECT MAX(id) FROM log_leaf");
    AppendMany(50);
    Number();
    kept_ = Must(VerifyLog(*database_, signer_.verifier(), {})).last;
    Sql("DELETE FROM log_leaf WHERE id > $1", {entries});
    Sql("DELETE FROM log_detail WHERE entry > $1", {entries});
    Sql("DELETE FROM log_checkpoint WHERE number > $1", {at_backup_.number});
    Sql("UPDATE log_tree SET size = 300, checkpoints = $1", {at_backup_.number});
    Sql("DELETE FROM log_tile");
    for (const auto& row : tiles) {
      Sql("INSERT INTO log_tile (level, place, hashes) VALUES ($1, $2, $3)",
          {Must(row.Get<std::int64_t>(0)), Must(row.Get<std::int64_t>(1)),
           Must(row.Get<std::vector<std::byte>>(2))});
    }
    auto next = NoteSigner::Create("jikimi.example/log-2", vault::SigningKey::Generate()).value();
    clock_.Advance(std::chrono::hours(1));
    successions_.push_back(Must(HandOver(*database_, signer_, next, {}, clock_.Now(),
                                         [](store::Transaction&, const Succession&,
                                            const std::string&) { return Result<void>(); })));
    former_.emplace(std::move(signer_));
    signer_ = std::move(next);
    Grow(100);
  }
  void Grow(int count) {
    AppendMany(count);
    Sequencer sequencer(*database_, signer_, clock_, {.former = {former_->verifier()}});
    EXPECT_EQ(Must(sequencer.RunOnce()), count);
  }
  LogVerdict VerifyAgainst(const std::optional<Checkpoint>& kept) {
    return Must(VerifyLog(*database_, signer_.verifier(),
                          {.kept = kept,
                           .former = {former_->verifier()},
                           .successions = successions_,
                           .server_keys = &server_keys_}));
  }

  std::optional<Checkpoint> kept_;
  Tree::Signed at_backup_;
  std::optional<NoteSigner> former_;
  std::vector<Succession> successions_;
};

TEST_P(RestoredTest, ACheckpointLaterThanTheBackupIsNoForgery) {
  Restore();
  const auto verdict = VerifyAgainst(kept_);
  EXPECT_TRUE(verdict.intact()) << verdict.breaches.at(0).text;
  ASSERT_TRUE(verdict.went_back.has_value());
  EXPECT_EQ(verdict.went_back->size, 300U);
  EXPECT_EQ(verdict.went_back->lost, 50U);
  EXPECT_EQ(verdict.went_back->at, std::chrono::floor<std::chrono::seconds>(clock_.Now()));
}

TEST_P(RestoredTest, CheckpointsUpToTheBackupAndSinceItAreCompared) {
  Restore();
  const auto before = Checkpoint::Open(at_backup_.note, former_->verifier()).value();
  const auto since = VerifyAgainst(std::nullopt).last;
  ASSERT_TRUE(since.has_value());
  Grow(1);
  for (const auto& kept : {before, *since}) {
    const auto verdict = VerifyAgainst(kept);
    EXPECT_TRUE(verdict.intact()) << verdict.breaches.at(0).text;
    EXPECT_FALSE(verdict.went_back.has_value());
  }
}

TEST_P(RestoredTest, AForkUnderOneKeyStaysAForgery) {
  Restore();
  auto forked = Checkpoint::Open(at_backup_.note, former_->verifier()).value();
  forked.root.bytes[0] ^= std::byte{1};
  EXPECT_EQ(Said(VerifyAgainst(forked)), (Names{"rewritten 0-299"}));
  auto since = *VerifyAgainst(std::nullopt).last;
  since.root.bytes[0] ^= std::byte{1};
  EXPECT_EQ(Said(VerifyAgainst(since)), (Names{"rewritten 0-399"}));
  since.size += 7;
  EXPECT_EQ(Said(VerifyAgainst(since)), (Names{"cut_off 400-406"}));
}

// The former key's last word is kept with the keys: it vouches for the tree that it names.
TEST_P(RestoredTest, ATreeOtherThanTheOneThatWasHandedOverIsNoticed) {
  Restore();
  successions_[0].root.bytes[0] ^= std::byte{1};
  EXPECT_EQ(Said(VerifyAgainst(std::nullopt)), (Names{"rewritten 0-299"}));
}

JIKIMI_ON_BOTH_DATABASES(RestoredTest);

}  // namespace
}  // namespace jikimi::log
