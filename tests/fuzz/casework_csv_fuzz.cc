// CSV: records cover the text in order without gap, a reader goes on from any of them, and what was
// read comes back from its own writing.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "casework/csv.h"

namespace jikimi::casework {
namespace {

constexpr CsvLimits kLimits{.field_bytes = 512, .record_bytes = 2048, .fields = 16};

std::string Written(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) {
    text += text.empty() ? "\"" : ",\"";
    for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
    text += '"';
  }
  return text;
}

void CheckAgain(std::string_view text, const CsvRecord& record) {
  CsvReader from_there(text, CsvReader::Start{record.offset, record.row, record.line}, kLimits);
  const auto same = from_there.Next();
  CHECK(same.has_value() && *same && (*same)->fields == record.fields);
  const std::string written = Written(record.fields);
  CsvReader reader(written);
  const auto again = reader.Next();
  CHECK(again.has_value() && *again && !(*again)->fault && (*again)->fields == record.fields);
  CHECK(!reader.Next()->has_value());
}

}  // namespace
}  // namespace jikimi::casework

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::casework;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CsvReader reader(text, kLimits);
  std::uint64_t row = 0;
  std::size_t offset = 0;
  while (true) {
    const auto record = reader.Next();
    if (!record || !*record) break;
    CHECK((*record)->row == ++row);
    CHECK(row == 1 || (*record)->offset > offset);
    offset = (*record)->offset;
    const std::string_view before = text.substr(0, offset);
    CHECK((*record)->line ==
          1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')));
    CheckAgain(text, **record);
  }
  return 0;
}
