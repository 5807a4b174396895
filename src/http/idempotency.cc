#include "http/idempotency.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/bytes.h"
#include "base/check.h"
#include "http/idempotency_form.h"
#include "http/idempotency_tables.h"
#include "http/openapi.h"
#include "vault/hkdf.h"
#include "vault/keys.h"
#include "vault/sealed.h"

namespace jikimi::http {
namespace {

constexpr int kMaxTries = 3;

vault::SessionKey SealKey(std::string_view key, std::string_view principal,
                          std::span<const std::byte, 32> scope) {
  vault::WipedArray<vault::kKeyBytes> bytes;
  vault::HkdfSha256(AsBytes(key), AsBytes(principal), AsBytes("jikimi.http.idempotency-seal.1"),
                    bytes.bytes());
  return vault::SessionKey::FromBytes({vault::SessionId::FromBytes(scope.first<16>()), 1},
                                      bytes.bytes());
}

vault::Context ContextOf(const vault::SessionKey& key) {
  return {.purpose = vault::Purpose::kSession, .of = key.name().owner, .field = "http.idempotency"};
}

// Parts with their lengths, so that none can be moved into its neighbour.
std::array<std::byte, 32> DigestOf(std::string_view domain,
                                   std::initializer_list<std::string_view> parts) {
  ByteWriter writer;
  writer.PutBytes(AsBytes(domain));
  for (const std::string_view part : parts) {
    writer.Put(static_cast<std::uint64_t>(part.size()));
    writer.PutBytes(AsBytes(part));
  }
  return vault::Sha256(writer.bytes());
}

}  // namespace

Result<IdempotentCall> IdempotentCall::Of(const Request& request, std::string_view principal) {
  const auto key = request.headers.Find("Idempotency-Key");
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!key || request.headers.Count("Idempotency-Key") != 1 || key->size() < 16 ||
      key->size() > 128 || !std::all_of(key->begin(), key->end(), visible)) {
    return Error{ErrorCode::kInvalidArgument,
                 "the header Idempotency-Key must be there once, with 16 to 128 visible ASCII "
                 "characters"};
  }
  CHECK(request.operation);
  // The operation and where it acts: the same key at another case is another call.
  std::string operation = request.operation->id;
  for (const std::string& segment : request.target.segments)
    operation += "/" + PercentEncode(segment);

  IdempotentCall call;
  call.principal_ = principal;
  call.key_ = *key;
  call.operation_ = operation;
  call.scope_ = DigestOf("jikimi.http.idempotency-scope.1", {principal, operation, *key});
  vault::WipedArray<32> digest_key;
  vault::HkdfSha256(AsBytes(*key), AsBytes(principal), AsBytes("jikimi.http.idempotency-body.1"),
                    digest_key.bytes());
  call.body_digest_ = vault::HmacSha256(digest_key.bytes(), AsBytes(request.body));
  return call;
}

Result<std::optional<Response>> IdempotentCall::Replay(store::Transaction& transaction,
                                                       Timestamp now) const {
  const auto stored = TRY(FindAnswer(transaction, scope_, now));
  if (!stored) return std::optional<Response>();
  if (!vault::EqualInConstantTime(stored->body_digest, body_digest_)) {
    return Error{ErrorCode::kInvalidArgument,
                 "the Idempotency-Key was used for another body: draw a new one"};
  }
  const vault::SessionKey key = SealKey(key_, principal_, scope_);
  const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kSession>::Parse(stored->sealed));
  const auto plain = TRY(vault::Open(key, ContextOf(key), sealed));
  Response response = TRY(ParseAnswer(plain.bytes()));
  response.headers.Set("Idempotency-Replayed", "true");
  return std::optional<Response>(std::move(response));
}

Result<void> IdempotentCall::Remember(store::Transaction& transaction, const Response& response,
                                      Timestamp now) const {
  CHECK(!response.content && !response.events);
  const vault::SessionKey key = SealKey(key_, principal_, scope_);
  const auto sealed = vault::Seal(key, ContextOf(key), AnswerForm(response));
  return InsertAnswer(transaction, scope_,
                      {{body_digest_.begin(), body_digest_.end()}, sealed.bytes()},
                      now + kIdempotencyTime);
}

Result<Response> RunOnce(store::GroupCommit& commits, const Clock& clock,
                         const IdempotentCall& call,
                         const std::function<Result<Response>(store::Transaction&)>& work) {
  for (int tries = 1;; ++tries) {
    std::optional<Response> refusal;
    auto result = commits.Write([&](store::Transaction& transaction) -> Result<Response> {
      refusal.reset();
      const Timestamp now = clock.Now();
      if (tries > 1) {
        if (auto replayed = TRY(call.Replay(transaction, now))) return *std::move(replayed);
      }
      Response response = TRY(work(transaction));
      if (response.status >= 400) {
        // An answer that says no stands for no act: nothing stays, and the call may be tried again.
        refusal = std::move(response);
        return Error{ErrorCode::kInterrupted, "refused by its own answer"};
      }
      TRY(call.Remember(transaction, response, now));
      return response;
    });
    if (result) return result;
    // What fails may have been done before, under this key, by a call that came earlier or at the
    // same time: its answer is looked for, and only without one the failure stands.
    const ErrorCode code = result.error().code;
    const bool lost_to_twin = !refusal && code == ErrorCode::kAlreadyExists;
    const bool again = tries == 1 ? code != ErrorCode::kUnavailable : lost_to_twin;
    if (again && tries < kMaxTries) continue;
    if (refusal) return *std::move(refusal);
    return result;
  }
}

Result<std::int64_t> PruneIdempotency(store::Database& database, Timestamp now) {
  return database.WriteLocking(
      [&](store::Transaction& transaction) { return DeleteAnswersBefore(transaction, now); });
}

}  // namespace jikimi::http
