#include "http/shared.h"

namespace jikimi::http {

bool Shared::Enter(const std::string& source) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= options.limits.connections) return false;
  int& of_source = by_source_[source];
  if (of_source >= options.limits.connections_a_source) return false;
  ++of_source;
  ++connections_;
  return true;
}

void Shared::Leave(const std::string& source) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_source_.find(source);
    if (--found->second == 0) by_source_.erase(found);
    --connections_;
  }
  empty_.notify_all();
}

int Shared::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

bool Shared::AwaitEmpty(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, patience, [&] { return connections_ == 0; });
}

}  // namespace jikimi::http
