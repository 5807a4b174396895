#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "log/log_contract.h"
#include "log/pin.h"
#include "log/verify.h"
#include "log/verify_walk.h"

namespace jikimi::log {
namespace {

using testing::HasSubstr;
using Kind = LogBreach::Kind;

class VerifyTest : public LogContractTest {
 protected:
  static constexpr std::uint64_t kEntries = 530;  // two full tiles, a partial one, one above

  LogVerdict Verify() {
    return Must(VerifyLog(*database_, signer_.verifier(),
                          {.kept = kept_, .server_keys = &server_keys_, .audit = &audit_}));
  }
  void Fill() {
    for (const int step : {100, 200, 229}) {
      AppendMany(step);
      Number();
    }
    Append("the last");
    Number();
    ASSERT_TRUE(Verify().intact());
  }
  // The breaches as "kind first-last", after a change that is then taken back.
  std::vector<std::string> After(std::string_view sql, store::ParameterList parameters = {}) {
    Sql(sql, parameters);
    return Said(Verify());
  }
  std::vector<std::byte> Blob(std::string_view sql, store::ParameterList parameters = {}) {
    return Must(store::Rows(*database_, sql, parameters).at(0).Get<std::vector<std::byte>>(0));
  }
  // Rewrites the stored tree from its leaves, as somebody would who has the database and not the
  // log's key.
  void RewriteTiles() {
    TreeEdge edge;
    std::map<std::pair<int, std::uint64_t>, std::vector<std::byte>> tiles;
    for (const auto& row : store::Rows(
             *database_, "SELECT digest FROM log_leaf WHERE number IS NOT NULL ORDER BY number")) {
      EntryDigest digest;
      const auto bytes = Must(row.Get<std::vector<std::byte>>(0));
      std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
      std::vector<Node> nodes;
      edge.Append(digest.Leaf(), nodes);
      for (const auto& node : nodes) {
        if (node.id.level % 8 != 0) continue;
        auto& tile = tiles[{node.id.level / 8, node.id.index / 256}];
        tile.insert(tile.end(), node.hash.bytes.begin(), node.hash.bytes.end());
      }
    }
    for (const auto& [key, hashes] : tiles) {
      Sql("UPDATE log_tile SET hashes = $3 WHERE level = $1 AND place = $2",
          {key.first, static_cast<std::int64_t>(key.second), hashes});
    }
  }

  std::optional<Checkpoint> kept_;
};

using Names = std::vector<std::string>;

TEST_P(VerifyTest, AnIntactLogIsIntact) {
  EXPECT_TRUE(Verify().intact());  // empty, before the first round
  Number();
  EXPECT_TRUE(Verify().intact());
  Fill();
  AppendMany(2);
  const auto verdict = Verify();
  EXPECT_TRUE(verdict.intact());
  EXPECT_EQ(verdict.size, kEntries);
  EXPECT_EQ(verdict.pending, 2);
  EXPECT_EQ(verdict.checkpoints, 5);
  EXPECT_EQ(verdict.opened, 529 + 2 + 1);
  EXPECT_EQ(verdict.last->size, kEntries);
  kept_ = verdict.last;
  EXPECT_TRUE(Verify().intact());
}

TEST_P(VerifyTest, EachFlippedByteOfALeafIsNamed) {
  Fill();
  for (const std::int64_t number : {0, 255, 256, 529}) {
    const auto digest = Blob("SELECT digest FROM log_leaf WHERE number = $1", {number});
    for (std::size_t i = 0; i < digest.size(); i += number == 0 ? 1 : 15) {
      auto changed = digest;
      changed[i] ^= std::byte{0x10};
      auto said = After("UPDATE log_leaf SET digest = $1 WHERE number = $2", {changed, number});
      // Its detail doesn't fit any more either.
      ASSERT_GE(said.size(), 1U);
      EXPECT_EQ(said[0], "entry_changed " + std::to_string(number));
      for (const auto& more : std::span(said).subspan(1)) {
        EXPECT_EQ(more, "detail_changed " + std::to_string(number));
      }
    }
    EXPECT_EQ(After("UPDATE log_leaf SET digest = $1 WHERE number = $2",
                    {std::vector<std::byte>(31), number}),
              (Names{"entry_changed " + std::to_string(number)}));
    Sql("UPDATE log_leaf SET digest = $1 WHERE number = $2", {digest, number});
  }
  EXPECT_TRUE(Verify().intact());
}

TEST_P(VerifyTest, EachFlippedByteOfAStoredHashIsNamed) {
  Fill();
  struct Row {
    int level;
    std::int64_t place;
    std::string path;
  };
  for (const auto& [level, place, path] :
       {Row{0, 0, "tile/0/000"}, Row{0, 2, "tile/0/002"}, Row{1, 0, "tile/1/000"}}) {
    const auto hashes =
        Blob("SELECT hashes FROM log_tile WHERE level = $1 AND place = $2", {level, place});
    for (std::size_t i = 0; i < hashes.size(); i += level == 0 ? 97 : 1) {
      auto changed = hashes;
      changed[i] ^= std::byte{1};
      Sql("UPDATE log_tile SET hashes = $1 WHERE level = $2 AND place = $3",
          {changed, level, place});
      const auto verdict = Verify();
      ASSERT_EQ(Said(verdict), (std::vector{"tile_changed " + std::to_string(place)})) << i;
      EXPECT_THAT(verdict.breaches[0].text, HasSubstr(path));
      EXPECT_THAT(verdict.breaches[0].text, HasSubstr("hash " + std::to_string(i / 32) + " "));
    }
    Sql("UPDATE log_tile SET hashes = $1 WHERE level = $2 AND place = $3",
        {std::span(hashes).first(hashes.size() - 32), level, place});
    EXPECT_EQ(Said(Verify()).at(0), "tile_changed " + std::to_string(place));
    Sql("DELETE FROM log_tile WHERE level = $1 AND place = $2", {level, place});
    EXPECT_EQ(Said(Verify()), (std::vector{"tile_changed " + std::to_string(place)}));
    Sql("INSERT INTO log_tile (level, place, hashes) VALUES ($1, $2, $3)", {level, place, hashes});
  }
  EXPECT_EQ(After("INSERT INTO log_tile (level, place, hashes) VALUES (0, 3, $1)",
                  {std::vector<std::byte>(32)}),
            (Names{"tile_changed 3"}));
}

TEST_P(VerifyTest, EachFlippedByteOfACheckpointIsNamed) {
  Fill();
  for (const std::int64_t number : {2, 4}) {
    const auto rows =
        store::Rows(*database_, "SELECT note FROM log_checkpoint WHERE number = $1", {number});
    const auto note = Must(rows.at(0).Get<std::string>(0));
    for (std::size_t i = 0; i < note.size(); i += number == 2 ? 1 : 10) {
      auto changed = note;
      // The dash before the signature is three bytes of UTF-8; one of them alone is no text.
      if ((changed[i] & 0x80) != 0) {
        changed.replace(changed.find("\u2014"), 3, "-");
      } else {
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
      }
      Sql("UPDATE log_checkpoint SET note = $1 WHERE number = $2", {changed, number});
      ASSERT_EQ(Said(Verify()), (std::vector{"checkpoint_changed " + std::to_string(number)})) << i;
    }
    Sql("UPDATE log_checkpoint SET note = $1, size = size + 1 WHERE number = $2", {note, number});
    EXPECT_EQ(Said(Verify()).at(0), "checkpoint_changed " + std::to_string(number));
    Sql("UPDATE log_checkpoint SET size = size - 1 WHERE number = $1", {number});
  }
  EXPECT_EQ(After("UPDATE log_tree SET size = 500"), (Names{"checkpoint_changed 4"}));
  EXPECT_EQ(After("UPDATE log_tree SET size = 530, checkpoints = 3"),
            (Names{"checkpoint_changed 4"}));
  EXPECT_EQ(After("DELETE FROM log_tree"), (Names{"checkpoint_changed 0"}));
}

TEST_P(VerifyTest, RemovedCheckpointsAreNamed) {
  Fill();
  EXPECT_EQ(After("DELETE FROM log_checkpoint WHERE number = 2"), (Names{"checkpoint_removed 2"}));
  EXPECT_EQ(After("DELETE FROM log_checkpoint WHERE number = 4"),
            (Names{"checkpoint_removed 2", "checkpoint_removed 4"}));
  // Hiding it shows the entries that it covered.
  EXPECT_EQ(After("UPDATE log_tree SET checkpoints = 3, size = 529").at(0), "entry_added 529");
}

TEST_P(VerifyTest, RemovedEntriesAreNamed) {
  Fill();
  EXPECT_EQ(After("DELETE FROM log_leaf WHERE number = 17"),
            (Names{"entry_removed 17", "entry_removed 530"}));
  EXPECT_EQ(After("DELETE FROM log_detail WHERE entry NOT IN (SELECT id FROM log_leaf)"),
            (Names{"entry_removed 17"}));
  Sql("DELETE FROM log_detail WHERE entry IN "
      "(SELECT id FROM log_leaf WHERE number >= 255 AND number <= 300)");
  EXPECT_EQ(After("DELETE FROM log_leaf WHERE number >= 255 AND number <= 300"),
            (Names{"entry_removed 17", "entry_removed 255-300"}));
}

TEST_P(VerifyTest, EntriesThatWereCutOffAreNamed) {
  Fill();
  const auto verdict = Verify();
  Sql("DELETE FROM log_detail WHERE entry IN (SELECT id FROM log_leaf WHERE number >= 300)");
  EXPECT_EQ(After("DELETE FROM log_leaf WHERE number >= 300"), (Names{"cut_off 300-529"}));
  // With all that tells of them here the log is a younger one, whole: the kept checkpoint tells.
  Sql("DELETE FROM log_checkpoint WHERE number > 2");
  Sql("UPDATE log_tree SET size = 300, checkpoints = 2");
  Sql("DELETE FROM log_tile WHERE place = 2");
  const auto second = Blob("SELECT hashes FROM log_tile WHERE level = 0 AND place = 1");
  Sql("UPDATE log_tile SET hashes = $1 WHERE level = 0 AND place = 1",
      {std::span(second).first(44 * 32)});
  const auto upper = Blob("SELECT hashes FROM log_tile WHERE level = 1");
  Sql("UPDATE log_tile SET hashes = $1 WHERE level = 1", {std::span(upper).first(32)});
  EXPECT_TRUE(Verify().intact());
  kept_ = verdict.last;
  EXPECT_EQ(Said(Verify()), (std::vector<std::string>{"cut_off 300-529"}));
}

TEST_P(VerifyTest, ReorderedEntriesAreNamed) {
  Fill();
  const auto swap = [&](std::int64_t a, std::int64_t b) {
    Sql("UPDATE log_leaf SET number = -1 WHERE number = $1", {a});
    Sql("UPDATE log_leaf SET number = $1 WHERE number = $2", {a, b});
    Sql("UPDATE log_leaf SET number = $1 WHERE number = -1", {b});
  };
  for (const auto& [a, b] : {std::pair(3, 4), std::pair(10, 520), std::pair(0, 529)}) {
    swap(a, b);
    const auto verdict = Verify();
    EXPECT_EQ(Said(verdict), (std::vector{"entry_reordered " + std::to_string(a),
                                          "entry_reordered " + std::to_string(b)}));
    EXPECT_THAT(verdict.breaches[0].text, HasSubstr("belongs at " + std::to_string(b)));
    swap(a, b);
  }
  EXPECT_TRUE(Verify().intact());
}

TEST_P(VerifyTest, AddedEntriesAreNamed) {
  Fill();
  EXPECT_EQ(After("INSERT INTO log_leaf (digest, number) VALUES ($1, 530)",
                  {std::vector<std::byte>(32, std::byte{3})}),
            (Names{"entry_added 530"}));
}

// Leaves and tiles alike: only the checkpoints tell, and they tell where.
TEST_P(VerifyTest, ARewrittenLogIsNamedToTheNearestCheckpoint) {
  Fill();
  const std::vector<std::byte> other(32, std::byte{7});
  Sql("UPDATE log_leaf SET digest = $1 WHERE number = 150", {other});
  RewriteTiles();
  auto said = Said(Verify());
  EXPECT_EQ(said.at(0), "rewritten 100-299");  // 1: 0..99, 2: 100..299, 3: 300..528
}

TEST_P(VerifyTest, ARewrittenTileIsNamedMoreClosely) {
  Fill();
  const auto upper = Blob("SELECT hashes FROM log_tile WHERE level = 1");
  Sql("UPDATE log_leaf SET digest = $1 WHERE number = 290",
      {std::vector<std::byte>(32, std::byte{7})});
  RewriteTiles();
  Sql("UPDATE log_tile SET hashes = $1 WHERE level = 1", {upper});
  EXPECT_EQ(Said(Verify()).at(0), "rewritten 256-299");
}

// With the log's key too: what was kept elsewhere is all that tells.
TEST_P(VerifyTest, ALogThatWasSignedAnewDiffersFromTheKeptCheckpoint) {
  Fill();
  kept_ = Verify().last;
  Sql("UPDATE log_leaf SET digest = $1 WHERE number = 5",
      {std::vector<std::byte>(32, std::byte{7})});
  Sql("DELETE FROM log_checkpoint");
  Sql("DELETE FROM log_tile");
  Sql("UPDATE log_tree SET size = 0, checkpoints = 0");
  Sql("UPDATE log_leaf SET number = NULL");
  Number();
  EXPECT_EQ(Said(Verify()).at(0), "rewritten 0-529");
  kept_->origin = "another.example/log";
  EXPECT_EQ(VerifyLog(*database_, signer_.verifier(), {.kept = kept_}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_P(VerifyTest, SeveralBreachesAreAllNamed) {
  Fill();
  Sql("UPDATE log_leaf SET digest = $1 WHERE number IN (20, 400)",
      {std::vector<std::byte>(32, std::byte{7})});
  auto tile = Blob("SELECT hashes FROM log_tile WHERE level = 0 AND place = 0");
  tile[32 * 40] ^= std::byte{1};
  Sql("UPDATE log_tile SET hashes = $1 WHERE level = 0 AND place = 0", {tile});
  Sql("DELETE FROM log_detail WHERE entry = (SELECT id FROM log_leaf WHERE number = 9)");
  Sql("DELETE FROM log_checkpoint WHERE number = 1");
  const auto said = Said(Verify());
  for (const char* breach : {"entry_changed 20", "entry_changed 400", "tile_changed 0",
                             "detail_removed 9", "checkpoint_removed 1"}) {
    EXPECT_THAT(said, testing::Contains(breach));
  }
}

TEST_P(VerifyTest, ChangedDetailsAreNamedByWhoCanOpenThem) {
  Fill();
  const auto flip_each = [&](std::string_view seal, std::int64_t number) {
    const auto sealed = Blob(
        "SELECT sealed FROM log_detail WHERE seal = $1 AND entry = "
        "(SELECT id FROM log_leaf WHERE number = $2)",
        {seal, number});
    const auto put = [&](const std::vector<std::byte>& bytes) {
      Sql("UPDATE log_detail SET sealed = $3 WHERE seal = $1 AND entry = "
          "(SELECT id FROM log_leaf WHERE number = $2)",
          {seal, number, bytes});
    };
    for (std::size_t i = 0; i < sealed.size(); i += 7) {
      auto changed = sealed;
      changed[i] ^= std::byte{2};
      put(changed);
      ASSERT_EQ(Said(Verify()), (std::vector{"detail_changed " + std::to_string(number)})) << i;
    }
    put(sealed);
  };
  flip_each("server", 41);
  flip_each("audit", 529);
  EXPECT_TRUE(Verify().intact());
}

TEST_P(VerifyTest, RemovedDetailsAreNamedAndDestroyedOnesAreNot) {
  Fill();
  Append("hers");
  Number();
  Must(database_->Write([&](store::Transaction& transaction) {
    return DestroyDetails(transaction, case_.keyring.id(), ActorRef::System(), clock_.Now(),
                          server_keys_);
  }));
  EXPECT_TRUE(Verify().intact());
  Sql("DELETE FROM log_detail WHERE entry = (SELECT id FROM log_leaf WHERE number = 30)");
  EXPECT_EQ(Said(Verify()), (std::vector<std::string>{"detail_removed 30"}));
  // Marked as destroyed to hide it: more are marked than the log has destroyed.
  Sql("UPDATE log_leaf SET details_gone = 1 WHERE number = 30");
  const auto verdict = Verify();
  ASSERT_EQ(Said(verdict), (std::vector<std::string>{"detail_removed 0"}));
  EXPECT_THAT(verdict.breaches[0].text, HasSubstr("3 entries are marked"));
}

TEST_P(VerifyTest, ACopyForTheAuditKeyThatIsGoneIsNamed) {
  Fill();
  auto own = CaseEntry("her own");
  own.actor = ActorRef::Survivor();
  AppendEntry(own, CaseSeals());
  Number();
  EXPECT_TRUE(Verify().intact());
  EXPECT_EQ(After("DELETE FROM log_detail WHERE seal = 'audit'"),
            (Names{"detail_removed 529", "detail_removed 530"}));
  EXPECT_EQ(After("DELETE FROM log_detail WHERE seal = 'case'"),
            (Names{"detail_removed 529", "detail_removed 530"}));
}

TEST_P(VerifyTest, ChangedAndRemovedPinsAreNamed) {
  const auto pair = vault::PersonKeyPair::Generate({vault::PersonId::Random(), 1});
  Must(database_->Write([&](store::Transaction& transaction) {
    return Pin(transaction, pair.public_key(), ActorRef::System(), clock_.Now(), server_keys_);
  }));
  Number();
  EXPECT_TRUE(Verify().intact());
  Sql("INSERT INTO log_pin (kind, owner, version, digest, entry) "
      "SELECT kind, owner, 2, digest, 999 FROM log_pin");
  EXPECT_EQ(Said(Verify()), (std::vector<std::string>{"pin_changed 0"}));
  Sql("DELETE FROM log_pin");
  EXPECT_EQ(Said(Verify()), (std::vector<std::string>{"pin_changed 0"}));
}

TEST_P(VerifyTest, AnotherKeyVerifiesNothing) {
  Fill();
  const NoteSigner other = SampleSigner();
  const auto verdict = Must(VerifyLog(*database_, other.verifier()));
  EXPECT_EQ(verdict.breach_count, 4);
  EXPECT_EQ(verdict.breaches[0].kind, Kind::kCheckpointChanged);
  EXPECT_FALSE(verdict.last.has_value());
}

// After a restored backup, or a key that leaked: the log goes on under another name.
TEST_P(VerifyTest, ALogMayGoOnUnderANewKeyAndTheFormerOneCountsNoMore) {
  Fill();
  kept_ = Verify().last;
  const NoteSigner former = std::move(signer_);
  signer_ = NoteSigner::Create("jikimi.example/log-2", vault::SigningKey::Generate()).value();
  AppendMany(1);
  Sequencer sequencer(*database_, signer_, clock_, {.former = {former.verifier()}});
  EXPECT_EQ(Must(sequencer.RunOnce()), 1);
  const VerifyOptions options{.kept = kept_, .former = {former.verifier()}};
  auto verdict = Must(VerifyLog(*database_, signer_.verifier(), options));
  EXPECT_TRUE(verdict.intact());
  EXPECT_EQ(verdict.last->origin, "jikimi.example/log-2");
  AppendMany(1);
  Sequencer stolen(*database_, former, clock_, {.former = {signer_.verifier()}});
  EXPECT_EQ(Must(stolen.RunOnce()), 1);
  verdict = Must(VerifyLog(*database_, signer_.verifier(), options));
  EXPECT_EQ(Said(verdict), (Names{"checkpoint_changed 6"}));
}

TEST_P(VerifyTest, ALogMayGrowMeanwhile) {
  Fill();
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    store::Database own = Open();
    Sequencer sequencer(own, signer_, clock_);
    while (!stop) {
      Must(own.Write([&](store::Transaction& transaction) {
        return log::Append(transaction, CaseEntry("more"), CaseSeals());
      }));
      Must(sequencer.RunOnce());
    }
  });
  for (int i = 0; i < 10; ++i) {
    const auto verdict = Verify();
    EXPECT_TRUE(verdict.intact()) << verdict.breaches.at(0).text;
    kept_ = verdict.last;
  }
  stop = true;
  writer.join();
}

JIKIMI_ON_BOTH_DATABASES(VerifyTest);

TEST(BreachesTest, CountsAllAndKeepsTheFirstThousand) {
  Breaches breaches;
  for (std::uint64_t i = 0; i < 5000; ++i) breaches.Add(Kind::kEntryChanged, i, i, "");
  std::int64_t count = 0;
  EXPECT_EQ(std::move(breaches).Take(count).size(), kMaxBreaches);
  EXPECT_EQ(count, 5000);
}

}  // namespace
}  // namespace jikimi::log
