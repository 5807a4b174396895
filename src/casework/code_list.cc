#include "casework/code_list.h"

#include <algorithm>

namespace jikimi::casework {

Result<Label> ReadLabel(const DataRow& row) {
  Label label;
  label.code = TRY(row.Text("code"));
  label.ko = TRY(row.Text("ko"));
  label.en = TRY(row.Text("en"));
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (label.code.size() > 64 || !std::all_of(label.code.begin(), label.code.end(), plain)) {
    return row.Wrong("'code' has only a-z, 0-9 and _, 64 at most");
  }
  return label;
}

Result<CodeList> CodeList::Create(std::string what, std::vector<Label> labels) {
  CodeList list;
  for (Label& label : labels) {
    if (list.Has(label.code)) {
      return Error{ErrorCode::kInvalidArgument,
                   "the " + what + " '" + label.code + "' stands there twice"};
    }
    list.labels_.push_back(std::move(label));
  }
  list.what_ = std::move(what);
  return list;
}

const Label* CodeList::Find(std::string_view code) const {
  const auto found = std::find_if(labels_.begin(), labels_.end(),
                                  [&](const Label& label) { return label.code == code; });
  return found == labels_.end() ? nullptr : &*found;
}

Result<void> CodeList::Check(std::string_view code) const {
  if (Has(code)) return {};
  std::string known;
  for (const Label& label : labels_) known += (known.empty() ? "" : ", ") + label.code;
  return Error{ErrorCode::kInvalidArgument, "'" + std::string(code.substr(0, 64)) + "' is no " +
                                                what_ + "; there are: " + known};
}

Result<void> CodeList::CheckAll(std::span<const std::string> codes) const {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    TRY(Check(codes[i]));
    if (std::find(codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(i), codes[i]) !=
        codes.begin() + static_cast<std::ptrdiff_t>(i)) {
      return Error{ErrorCode::kInvalidArgument, "the " + what_ + " '" + codes[i] + "' twice"};
    }
  }
  return {};
}

}  // namespace jikimi::casework
