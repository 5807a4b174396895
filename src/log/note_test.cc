#include "log/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "log/note_checkpoint.h"

namespace jikimi::log {
namespace {

vault::SigningKey KeyOf(int number) {
  std::array<std::byte, 32> seed = {};
  seed[0] = static_cast<std::byte>(number);
  return vault::SigningKey::FromSeed(seed);
}
NoteSigner SignerOf(std::string_view name, int number = 1) {
  return NoteSigner::Create(name, KeyOf(number)).value();
}
std::vector<NoteVerifier> Known(std::initializer_list<const NoteSigner*> signers) {
  std::vector<NoteVerifier> known;
  for (const auto* signer : signers) known.push_back(signer->verifier());
  return known;
}

// From the documentation of golang.org/x/mod/sumdb/note: a key and a note that it signed.
constexpr std::string_view kGoKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kGoNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xe2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(NoteTest, OpensTheNoteOfGosDocumentation) {
  const auto verifier = NoteVerifier::Parse(kGoKey);
  ASSERT_TRUE(verifier.has_value()) << verifier.error().message;
  EXPECT_EQ(verifier->name(), "PeterNeumann");
  EXPECT_EQ(verifier->ToText(), kGoKey);
  const auto opened = OpenNote(kGoNote, {&*verifier, 1});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->text, kGoNote.substr(0, opened->text.size()));
  EXPECT_THAT(opened->verified, testing::ElementsAre("PeterNeumann"));
}

TEST(NoteTest, ComesBackWithItsTextAndSigner) {
  const auto signer = SignerOf("jikimi.example/log");
  const std::string text = "first\n\nthird, 지킴이\n";
  const auto note = SignNote(text, signer).value();
  const auto opened = OpenNote(note, Known({&signer}));
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->text, text);
}

TEST(NoteTest, SignaturesOfOthersAreIgnored) {
  const auto log = SignerOf("log", 1);
  const auto witness = SignerOf("witness", 2);
  const auto same_name = SignerOf("log", 3);
  const std::string text = "text\n";
  const auto note = SignNote(text, log).value() + witness.SignatureLine(text) +
                    same_name.SignatureLine("something else\n");
  EXPECT_THAT(OpenNote(note, Known({&log}))->verified, testing::ElementsAre("log"));
  EXPECT_THAT(OpenNote(note, Known({&witness, &log}))->verified,
              testing::ElementsAre("log", "witness"));
  EXPECT_EQ(OpenNote(note, Known({&same_name})).error().code, ErrorCode::kCorrupt);
  const auto stranger = SignerOf("stranger", 4);
  EXPECT_EQ(OpenNote(note, Known({&stranger})).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(OpenNote(note, {}).error().code, ErrorCode::kPermissionDenied);
}

TEST(NoteTest, NeitherFlippedNorCutOpens) {
  const auto signer = SignerOf("jikimi.example/log");
  const auto note = SignNote("first\n\nlast\n", signer).value();
  for (std::size_t i = 0; i < note.size(); ++i) {
    auto flipped = note;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(OpenNote(flipped, Known({&signer})).has_value()) << i;
    EXPECT_FALSE(OpenNote(note.substr(0, i), Known({&signer})).has_value()) << i;
  }
}

TEST(NoteTest, MalformedNotesNameTheLine) {
  const auto signer = SignerOf("log");
  const auto good = SignNote("text\n", signer).value();
  const auto known = Known({&signer});
  struct Case {
    std::string note, part;
  };
  std::string many = good;
  for (int i = 0; i < 100; ++i) many += signer.SignatureLine("text\n");
  for (const auto& [note, part] :
       {Case{"", "no empty line"}, Case{"text\n", "no empty line"},
        Case{"text\n\n", "no signature"}, Case{good + "junk\n", "signature line 2"},
        Case{good + "\xe2\x80\x94 log\n", "line 2"},
        Case{good + "\xe2\x80\x94 log AAAA\n", "line 2"},
        Case{good + "\xe2\x80\x94 l+g AAAAAAAA\n", "line 2"},
        Case{good + "\xe2\x80\x94 log AAAAAAA\n", "line 2"}, Case{"a\rb\n\n" + good, "control"},
        Case{"a\xff\n\n" + good, "UTF-8"}, Case{many, "over 100"},
        Case{std::string(kMaxNoteBytes + 1, 'a'), "million"}}) {
    const auto opened = OpenNote(note, known);
    ASSERT_FALSE(opened.has_value()) << part;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(opened.error().message, testing::HasSubstr(part));
  }
}

TEST(NoteTest, TextsThatCantBeSignedAreRefused) {
  const auto signer = SignerOf("log");
  for (const auto* text : {"", "no line end", "tab\t\n", "\xc3\n", "a\rb\n"}) {
    EXPECT_EQ(SignNote(text, signer).error().code, ErrorCode::kInvalidArgument) << text;
  }
}

TEST(NoteKeyTest, NamesWithSpacesOrPlusAreRefused) {
  for (const auto* name : {"", "a b", "a+b", "a\u00a0b", "a\u3000", "a\n", "\xff", "a\u2028b"}) {
    EXPECT_FALSE(NoteSigner::Create(name, KeyOf(1)).has_value()) << name;
  }
}

TEST(NoteKeyTest, EveryFlippedOrCutKeyTextIsRefused) {
  for (std::size_t i = 0; i < kGoKey.size(); ++i) {
    std::string flipped(kGoKey);
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(NoteVerifier::Parse(flipped).has_value()) << i;
    EXPECT_FALSE(NoteVerifier::Parse(kGoKey.substr(0, i)).has_value()) << i;
  }
}

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() {
    std::vector<Node> completed;
    for (int i = 0; i < 11; ++i) edge_.Append(LeafHash(AsBytes(std::to_string(i))), completed);
    nodes_ = [completed](std::span<const NodeId> ids) -> Result<std::vector<TreeHash>> {
      std::vector<TreeHash> hashes;
      for (const auto& id : ids) {
        hashes.push_back(std::find_if(completed.begin(), completed.end(), [&](const auto& node) {
                           return node.id == id;
                         })->hash);
      }
      return hashes;
    };
    checkpoint_ = {"jikimi.example/log", 11, edge_.Root()};
    proof_ = {7, InclusionProof(7, 11, nodes_).value(), checkpoint_.Sign(signer_).value()};
  }

  TreeEdge edge_;
  ReadNodes nodes_;
  NoteSigner signer_ = SignerOf("jikimi.example/log");
  Checkpoint checkpoint_;
  TlogProof proof_;
  TreeHash leaf_ = LeafHash(AsBytes("7"));
};

TEST_F(CheckpointTest, ComesBackFromItsNote) {
  const auto note = checkpoint_.Sign(signer_).value();
  EXPECT_THAT(note, testing::StartsWith("jikimi.example/log\n11\n"));
  const auto opened = Checkpoint::Open(note, signer_.verifier());
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(*opened, checkpoint_);
}

TEST_F(CheckpointTest, AnotherLogsIsRefused) {
  const auto other = SignerOf("other.example/log");
  EXPECT_FALSE(checkpoint_.Sign(other).has_value());
  const auto note = SignNote(checkpoint_.ToText(), other).value();
  EXPECT_EQ(Checkpoint::Open(note, other.verifier()).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(CheckpointTest, MalformedLinesAreNamed) {
  struct Case {
    std::string text, part;
  };
  for (const auto& [text, part] :
       {Case{"", "line 1"}, Case{"\n1\n", "line 1 (origin)"}, Case{"a\n", "line 2"},
        Case{"a\n01\n", "line 2 (size)"}, Case{"a\n-1\n", "line 2"}, Case{"a\n1x\n", "line 2"},
        Case{"a\n99999999999999999999\n", "line 2"}, Case{"a\n1\nAAAA\n", "line 3 (root)"},
        Case{checkpoint_.ToText() + "\n", "line 4 is empty"}}) {
    const auto read = Checkpoint::Parse(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_THAT(read.error().message, testing::HasSubstr(part));
  }
  EXPECT_TRUE(Checkpoint::Parse(checkpoint_.ToText() + "extension\n").has_value());
}

TEST_F(CheckpointTest, AProofComesBackAndVerifies) {
  for (const auto& extra : {std::vector<std::byte>{}, std::vector<std::byte>(9, std::byte{1})}) {
    proof_.extra = extra;
    const auto back = TlogProof::Parse(proof_.ToText());
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(*back, proof_);
    EXPECT_EQ(back->Verify(leaf_, signer_.verifier()).value(), checkpoint_);
  }
  EXPECT_FALSE(proof_.Verify(LeafHash(AsBytes("8")), signer_.verifier()).has_value());
}

TEST_F(CheckpointTest, AProofNeitherFlippedNorCutVerifies) {
  const auto text = proof_.ToText();
  const auto verifies = [&](std::string_view changed) {
    const auto proof = TlogProof::Parse(changed);
    return proof && proof->Verify(leaf_, signer_.verifier()).has_value();
  };
  ASSERT_TRUE(verifies(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(verifies(flipped)) << i;
    EXPECT_FALSE(verifies(text.substr(0, i))) << i;
  }
}

TEST_F(CheckpointTest, MalformedProofsNameTheLine) {
  struct Case {
    std::string text, part;
  };
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  for (const auto& [text, part] :
       {Case{"", "line 1"}, Case{"c2sp.org/tlog-proof@v2\n", "line 1"}, Case{head, "line 2"},
        Case{head + "index x\n", "line 2 (index)"}, Case{head + "index 01\n", "line 2"},
        Case{head + "extra !\nindex 1\n\n", "line 2 (extra)"},
        Case{head + "extra AA==\n", "line 3"}, Case{head + "index 1\nAAAA\n", "line 3 (hash)"},
        Case{head + "index 1\n\n", "followed by no checkpoint"}}) {
    const auto read = TlogProof::Parse(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(read.error().message, testing::HasSubstr(part));
  }
}

}  // namespace
}  // namespace jikimi::log
