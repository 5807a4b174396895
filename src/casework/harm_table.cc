#include "casework/harm_table.h"

#include <algorithm>

namespace jikimi::casework {
namespace {

Result<HarmTable::Article> ReadArticle(const DataRow& row, const CodeList& harms) {
  HarmTable::Article article;
  article.code = TRY(row.Text("code"));
  article.statute = TRY(row.Text("statute"));
  article.article = TRY(row.Text("article"));
  article.en = TRY(row.Text("en"));
  article.harms = TRY(row.Texts("harms"));
  if (auto known = harms.CheckAll(article.harms); !known) return row.Wrong(known.error().message);
  const std::string victim = TRY(row.Text("victim"));
  if (victim != "any" && victim != "adult" && victim != "minor") {
    return row.Wrong("'victim' is none of any, adult, minor");
  }
  article.adults = victim != "minor";
  article.minors = victim != "adult";
  article.days = TRY(row.Days());
  const std::string checked = TRY(row.Text("checked"));
  if (checked != "facts" && checked != "review") {
    return row.Wrong("'checked' is neither facts nor review");
  }
  article.checked = checked == "facts";
  article.source = TRY(row.Text("source"));
  TRY(row.CheckAllRead());
  return article;
}

}  // namespace

Result<HarmTable> HarmTable::Parse(std::span<const DataRow> rows) {
  HarmTable table;
  std::vector<Label> harms;
  std::vector<Label> classes;
  for (const DataRow& row : rows) {
    if (row.section() == "class") {
      classes.push_back(TRY(ReadLabel(row)));
      TRY(row.CheckAllRead());
    } else if (row.section() == "harm") {
      harms.push_back(TRY(ReadLabel(row)));
      const std::string& code = harms.back().code;
      table.classes_of_.emplace_back(code, TRY(row.Texts("classes")));
      auto gbvims = TRY(row.Text("gbvims"));
      auto loss = TRY(row.Text("gbvims_loss"));
      table.gbvims_.push_back({code, std::move(gbvims), std::move(loss)});
      TRY(row.CheckAllRead());
    } else if (row.section() != "article") {
      return row.Wrong("is no section of this file");
    }
  }
  table.harms_ = TRY(CodeList::Create("harm", std::move(harms)));
  table.classes_ = TRY(CodeList::Create("class", std::move(classes)));
  if (table.harms_.labels().empty()) {
    return Error{ErrorCode::kInvalidArgument, "no [[harm]] at all"};
  }
  for (const auto& [harm, of] : table.classes_of_) {
    if (auto known = table.classes_.CheckAll(of); !known) {
      return Prefixed("harm '" + harm + "'", std::move(known).error());
    }
  }
  for (const DataRow& row : rows) {
    if (row.section() != "article") continue;
    table.articles_.push_back(TRY(ReadArticle(row, table.harms_)));
    const auto same = [&](const Article& other) {
      return other.code == table.articles_.back().code;
    };
    if (std::count_if(table.articles_.begin(), table.articles_.end(), same) > 1) {
      return row.Wrong("the article '" + table.articles_.back().code + "' stands there twice");
    }
  }
  return table;
}

std::set<std::string> HarmTable::ClassesOf(std::span<const std::string> harms) const {
  std::set<std::string> classes;
  for (const auto& [harm, of] : classes_of_) {
    if (std::find(harms.begin(), harms.end(), harm) != harms.end()) {
      classes.insert(of.begin(), of.end());
    }
  }
  return classes;
}

std::vector<const HarmTable::Article*> HarmTable::ArticlesFor(std::span<const std::string> harms,
                                                              CivilDay act, Victim victim) const {
  std::vector<const Article*> found;
  for (const Article& article : articles_) {
    const bool fits =
        victim == Victim::kUnknown || (victim == Victim::kMinor ? article.minors : article.adults);
    const bool touches =
        std::any_of(article.harms.begin(), article.harms.end(), [&](const std::string& harm) {
          return std::find(harms.begin(), harms.end(), harm) != harms.end();
        });
    if (fits && touches && article.days.Contains(act)) found.push_back(&article);
  }
  return found;
}

}  // namespace jikimi::casework
