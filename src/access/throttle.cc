#include "access/throttle.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "vault/hkdf.h"

namespace jikimi::access {

Result<void> SourceQuota::Take(const Source& source, Timestamp now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) {
    if (buckets_.size() >= limits_.max_sources) {
      by_source_.erase(buckets_.back().source);
      buckets_.pop_back();
    }
    buckets_.push_front({source, static_cast<double>(limits_.burst), now});
    by_source_[source] = buckets_.begin();
  } else {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  }
  Bucket& bucket = buckets_.front();
  // A clock that jumped back gives nothing and takes nothing.
  const auto passed = std::max(now - bucket.at, std::chrono::microseconds(0));
  bucket.tries = std::min(static_cast<double>(limits_.burst),
                          bucket.tries + static_cast<double>(passed.count()) /
                                             static_cast<double>(limits_.refill.count()));
  bucket.at = now;
  if (bucket.tries < 1) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(limits_.refill);
    return Error{ErrorCode::kResourceExhausted,
                 "too many tries: wait " + std::to_string(wait.count()) + " s"};
  }
  bucket.tries -= 1;
  return {};
}

TryKey MakeTryKey(const vault::ServerKey& key, std::string_view what,
                  std::span<const std::byte> value) {
  ByteWriter message;
  message.PutBytes(AsBytes("jikimi.access.try.1"));
  message.Put(static_cast<std::uint32_t>(what.size()));
  message.PutBytes(AsBytes(what));
  message.PutBytes(value);
  const auto mac = vault::HmacSha256(key.bytes(), message.bytes());
  TryKey hash;
  std::copy_n(mac.begin(), hash.size(), hash.begin());
  return hash;
}

}  // namespace jikimi::access
