#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "casework/test_desk.h"
#include "casework/upload.h"
#include "casework/withdrawal.h"

namespace jikimi::casework {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kChat = "그 사람: 내일까지 보내라";

// Gives `content` in pieces.
NextPiece PiecesOf(std::string_view content) {
  return [left = content](std::span<std::byte> out) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({out.size(), left.size(), std::size_t{100'000}});
    std::copy_n(AsBytes(left).begin(), count, out.begin());
    left.remove_prefix(count);
    return count;
  };
}

class UploadTest : public CaseworkTest {
 protected:
  void SetUp() override {
    CaseworkTest::SetUp();
    taken_ = OpenCaseOf(SomeReport());
  }
  template <typename Who>
  Result<vault::FileId> Add(const Who& who, std::string_view content,
                            UploadKind kind = UploadKind::kChat) {
    return Do(who, [&](store::Transaction& transaction, const Desk& desk) {
      return AddUpload(transaction, desk, taken_.of, kind, "chat.txt", PiecesOf(content));
    });
  }
  Result<std::string> Read(vault::FileId file) {
    std::string read;
    TRY(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      read.clear();
      return ReadUpload(transaction, desk, taken_.of, file, [&](std::span<const std::byte> piece) {
        read.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        return Result<void>();
      });
    }));
    return read;
  }
  Result<std::vector<Upload>> Own(const access::Actor& who) {
    return Do(who, [](store::Transaction& transaction, const Desk& desk) {
      return ListOwnUploads(transaction, desk);
    });
  }
  Result<void> Destroy(const access::Actor& who, vault::FileId file) {
    return Do(who, [&](store::Transaction& transaction, const Desk& desk) {
      return DestroyOwnUpload(transaction, desk, file, {});
    });
  }
  void SetMinorTo(MinorState minor) {
    const std::int64_t revision = RecordOf(taken_.of).revision;
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return SetMinor(transaction, desk, taken_.of, revision, minor);
    }));
  }

  TakenReport taken_;
};

TEST_P(UploadTest, RightAfterTheReportTheCodeAloneBringsEvidenceInAndSeesNothing) {
  const auto bare = EnterBare(taken_);
  const auto file = Must(Add(bare.actor, kChat));
  EXPECT_EQ(LogOf(anna_, taken_.of).front(), "file.added");
  EXPECT_EQ(Must(Read(file)), kChat);
  EXPECT_EQ(CodeOf(Own(bare.actor)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Destroy(bare.actor, file)), ErrorCode::kPermissionDenied);
}

TEST_P(UploadTest, OnceWordsAreChosenTheCodeAloneAndTheDuressWordBringNothingIn) {
  const auto before = EnterBare(taken_);
  const auto in = Enter(taken_);
  EXPECT_EQ(CodeOf(Add(before.actor, kChat)), ErrorCode::kPermissionDenied) << "that session ended";
  access::SurvivorDoor door(database(), keys(), roles_, clock_, gate_, {});
  const auto duress = Must(door.EnterWithWord(CodeText(taken_), "그믐", sources_.Local()));
  const auto bare = EnterBare(taken_);
  EXPECT_EQ(CodeOf(Add(duress.actor, kChat)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Add(bare.actor, kChat)), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Add(in.actor, kChat).has_value());
}

TEST_P(UploadTest, SheSeesKindSizeAndTimeOfHerOwnAndNoName) {
  const auto in = Enter(taken_);
  Must(Add(anna_, kChat, UploadKind::kPaper));
  const auto file = Must(Add(in.actor, kChat, UploadKind::kWallet));
  const auto own = Must(Own(in.actor));
  ASSERT_THAT(own, SizeIs(1));
  EXPECT_EQ(own[0].id, file);
  EXPECT_EQ(own[0].kind, UploadKind::kWallet);
  EXPECT_EQ(own[0].bytes, kChat.size());
  EXPECT_EQ(own[0].uploaded_at, Now());
  EXPECT_EQ(own[0].name, "");
}

TEST_P(UploadTest, HersAreBoundedInNumberAndInAllAndStaffsAreNot) {
  const auto in = Enter(taken_);
  for (std::size_t i = 0; i + 1 < kMaxPortalUploads; ++i) Must(Add(in.actor, "a"));
  const auto resize = [&](std::uint64_t bytes) {
    Must(store::Do(database(), "UPDATE casework_upload SET bytes = 0"));
    Must(store::Do(database(),
                   "UPDATE casework_upload SET bytes = $1 WHERE id = (SELECT id FROM "
                   "casework_upload ORDER BY id LIMIT 1)",
                   {static_cast<std::int64_t>(bytes)}));
  };
  resize(kMaxPortalBytesInAll - 3);
  EXPECT_EQ(CodeOf(Add(in.actor, "four")), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Add(in.actor, "two").has_value());
  resize(0);
  EXPECT_EQ(CodeOf(Add(in.actor, "a")), ErrorCode::kResourceExhausted) << "one too many";
  EXPECT_TRUE(Add(anna_, "a").has_value());
  EXPECT_EQ(CountOf("casework_upload"), static_cast<std::int64_t>(kMaxPortalUploads) + 1);
}

TEST_P(UploadTest, OneThatIsTooLargeLeavesNothing) {
  const auto bare = EnterBare(taken_);
  const std::string large(kMaxPortalUploadBytes + 1, 'x');
  EXPECT_EQ(CodeOf(Add(bare.actor, large)), ErrorCode::kResourceExhausted);
  EXPECT_EQ(CountOf("casework_upload_piece"), 0);
  EXPECT_EQ(CountOf("casework_upload"), 0);
  EXPECT_TRUE(Add(bare.actor, std::string_view(large).substr(1)).has_value());
}

TEST_P(UploadTest, OfASuspectedMinorNoPictureIsWrittenWhoeverBringsItAndWhateverItIsCalled) {
  constexpr std::string_view kPicture = "\xFF\xD8\xFF\xE0 harmless bytes of a picture";
  Must(Add(anna_, kPicture));
  for (const MinorState minor : {MinorState::kSuspected, MinorState::kYes}) {
    SetMinorTo(minor);
    const auto bare = EnterBare(taken_);
    for (const UploadKind kind :
         {UploadKind::kChat, UploadKind::kWallet, UploadKind::kPaper, UploadKind::kOther}) {
      const auto by_staff = Add(anna_, kPicture, kind);
      EXPECT_EQ(CodeOf(by_staff), ErrorCode::kUnsupported);
      EXPECT_THAT(by_staff.error().message, HasSubstr("only plain text"));
      EXPECT_EQ(CodeOf(Add(bare.actor, kPicture, kind)), ErrorCode::kUnsupported);
    }
    EXPECT_TRUE(Add(anna_, kChat).has_value());
    EXPECT_TRUE(Add(bare.actor, kChat).has_value());
  }
  SetMinorTo(MinorState::kNo);
  EXPECT_TRUE(Add(anna_, kPicture).has_value());
  EXPECT_EQ(CountOf("casework_upload"), 6);
}

TEST_P(UploadTest, SheDestroysHerOwnAndNobodyElses) {
  const auto in = Enter(taken_);
  const auto hers = Must(Add(in.actor, kChat));
  const auto staffs = Must(Add(anna_, kChat));
  EXPECT_EQ(CodeOf(Destroy(in.actor, staffs)), ErrorCode::kNotFound);
  const TakenReport other = Take(SomeReport());
  EXPECT_EQ(CodeOf(Destroy(Enter(other).actor, hers)), ErrorCode::kNotFound);
  Must(Destroy(in.actor, hers));
  EXPECT_EQ(CodeOf(Destroy(in.actor, hers)), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(Read(hers)), ErrorCode::kNotFound);
  EXPECT_EQ(Must(Read(staffs)), kChat);
  EXPECT_THAT(Must(Own(in.actor)), IsEmpty());
  EXPECT_EQ(CountOf("casework_upload_piece"), 1);
  EXPECT_EQ(store::Number(database(), "SELECT COUNT(*) FROM casework_sealed WHERE name = 'upload'"),
            1);
  const auto opened = Must(Open(As(anna_), taken_.of));
  EXPECT_THAT(opened.keyring().items(), SizeIs(2)) << "the report's item and staff's upload";
}

TEST_P(UploadTest, ALegalHoldKeepsWhatSheBroughtIn) {
  const auto in = Enter(taken_);
  const auto file = Must(Add(in.actor, kChat));
  Must(Do(*supervisor_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetHold(transaction, desk, taken_.of,
                   {"kr.prosecution", "all of it", Now() + std::chrono::days(9)});
  }));
  const auto destroyed = Destroy(in.actor, file);
  EXPECT_EQ(CodeOf(destroyed), ErrorCode::kPermissionDenied);
  EXPECT_THAT(destroyed.error().message, HasSubstr("legal hold"));
  EXPECT_EQ(Must(Read(file)), kChat);
}

TEST_P(UploadTest, NothingComesIntoACaseThatIsClosedOrWithdrawnFrom) {
  const auto in = Enter(taken_);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, taken_.of, Withdrawal::kWork, Confirmed::kNo);
  }));
  EXPECT_EQ(CodeOf(Add(in.actor, kChat)), ErrorCode::kPermissionDenied);
}

JIKIMI_ON_BOTH_DATABASES(UploadTest);

}  // namespace
}  // namespace jikimi::casework
