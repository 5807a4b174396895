#ifndef JIKIMI_CASEWORK_CONTACT_WINDOWS_H_
#define JIKIMI_CASEWORK_CONTACT_WINDOWS_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "casework/time_zone.h"

namespace jikimi::casework {

// A stretch of the week, by the clock on her wall.
struct ContactWindow {
  std::chrono::weekday day;
  std::chrono::minutes from{0};  // since midnight
  std::chrono::minutes to{0};    // after `from`, 24 h at most

  friend bool operator==(const ContactWindow&, const ContactWindow&) = default;
};

// When she can be reached safely. No windows: never, so that nothing is sent by mistake.
class ContactWindows {
 public:
  // kInvalidArgument: an unknown zone, a window that ends before it begins, over 64 of them.
  static Result<ContactWindows> Create(std::string zone, std::vector<ContactWindow> windows);
  // "Asia/Seoul; mon 19:00-21:00; sat 10:00-12:00", as ToText() writes it.
  static Result<ContactWindows> Parse(std::string_view text);
  std::string ToText() const;

  bool IsOpen(Timestamp at) const;
  // The first moment from `from` on at which a window is open; none without windows, or when the
  // only one falls into an hour that is skipped for weeks.
  std::optional<Timestamp> NextOpen(Timestamp from) const;

  const std::string& zone_name() const { return zone_name_; }
  const std::vector<ContactWindow>& windows() const { return windows_; }

 private:
  std::string zone_name_;
  std::optional<TimeZone> zone_;
  std::vector<ContactWindow> windows_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CONTACT_WINDOWS_H_
