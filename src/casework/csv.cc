#include "casework/csv.h"

#include <algorithm>

namespace jikimi::casework {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Error Corrupt(std::string what) { return {ErrorCode::kCorrupt, std::move(what)}; }

void NoteFault(CsvRecord& record, std::string_view what) {
  if (!record.fault) record.fault = {record.fields.size(), std::string(what)};
}

}  // namespace

bool CsvRecord::IsBlank() const {
  return std::all_of(fields.begin(), fields.end(), [](const std::string& field) {
    return field.find_first_not_of(" \t\r\n") == std::string::npos;
  });
}

CsvReader::CsvReader(std::string_view text, CsvLimits limits)
    : CsvReader(text, {text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0, 1, 1},
                limits) {}

Result<std::optional<CsvRecord>> CsvReader::Next() {
  if (failure_) return *failure_;
  if (at_ >= text_.size()) return std::optional<CsvRecord>();
  CsvRecord record;
  record.row = row_++;
  record.line = line_;
  record.offset = at_;
  while (true) {
    const auto after = TakeField(record);
    if (!after) {
      failure_ = after.error();
      return *failure_;
    }
    if (*after != After::kField) return std::optional(std::move(record));
  }
}

Result<CsvReader::After> CsvReader::TakeField(CsvRecord& record) {
  const std::string where = "the row that begins on line " + std::to_string(record.line);
  if (record.fields.size() == limits_.fields) {
    return Corrupt(where + " has more than " + std::to_string(limits_.fields) + " fields");
  }
  std::string field;
  const bool quoted = at_ < text_.size() && text_[at_] == '"';
  if (quoted) TRY(TakeQuoted(field));
  const std::string_view plain = TakePlain();
  if (field.size() + plain.size() > limits_.field_bytes) {
    return Corrupt(where + " has a field of more than " + std::to_string(limits_.field_bytes) +
                   " bytes");
  }
  if (at_ - record.offset > limits_.record_bytes) {
    return Corrupt(where + " has more than " + std::to_string(limits_.record_bytes) + " bytes");
  }
  if (quoted && !plain.empty()) NoteFault(record, "goes on after its closing quote");
  if (plain.find('"') != std::string_view::npos) {
    NoteFault(record, "has a quote within it, and none around it");
  }
  if (plain.find('\r') != std::string_view::npos) {
    NoteFault(record, "has a carriage return without a line feed, and no quotes around it");
  }
  field += plain;
  record.fields.push_back(std::move(field));
  return TakeSeparator();
}

// Stops at the field's limit, so that a quote that is never closed costs no pass over all the rest.
Result<void> CsvReader::TakeQuoted(std::string& field) {
  const std::string opened = "the quote that opens on line " + std::to_string(line_);
  ++at_;
  while (true) {
    const std::size_t quote = text_.find('"', at_);
    const std::size_t end = std::min(quote, text_.size());
    const std::size_t length = end - at_;
    if (field.size() + length > limits_.field_bytes) {
      return Corrupt(opened + " isn't closed within " + std::to_string(limits_.field_bytes) +
                     " bytes, as a field must be");
    }
    if (quote == std::string_view::npos) return Corrupt(opened + " is never closed");
    const std::string_view part = text_.substr(at_, length);
    line_ += static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '\n'));
    field += part;
    at_ = end + 1;
    if (at_ >= text_.size() || text_[at_] != '"') return {};
    field += '"';
    ++at_;
  }
}

// All up to the next separator: of a quoted field nothing, when it is well-formed.
std::string_view CsvReader::TakePlain() {
  const std::size_t start = at_;
  while (at_ < text_.size() && text_[at_] != ',' && !AtLineEnd()) {
    at_ = std::min(text_.find_first_of(",\r\n", at_ + 1), text_.size());
  }
  return text_.substr(start, at_ - start);
}

bool CsvReader::AtLineEnd() const {
  return text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_, 2) == "\r\n");
}

CsvReader::After CsvReader::TakeSeparator() {
  if (at_ >= text_.size()) return After::kEnd;
  if (text_[at_] == ',') {
    ++at_;
    return After::kField;
  }
  at_ += text_[at_] == '\r' ? 2 : 1;
  ++line_;
  return After::kRecord;
}

}  // namespace jikimi::casework
