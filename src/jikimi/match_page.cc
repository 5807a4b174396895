#include "jikimi/match_page.h"

#include "base/bytes.h"
#include "base/file.h"
#include "jikimi/html.h"
#include "jikimi/verdict_text.h"
#include "media/encode.h"

namespace jikimi {
namespace {

constexpr int kJpegQuality = 75;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Jikimi: matches</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #b07d00; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
p { margin: .4rem 0 1.2rem; max-width: 46rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; }
td:nth-child(3), td:nth-child(4) { white-space: nowrap; }
figure { margin: 2rem 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure img { display: block; width: 100%; height: auto; background: #181a1e; }
figcaption { padding: .6rem .9rem; overflow-wrap: anywhere; }
.verdict { font-weight: 600; color: var(--accent); }
a { color: inherit; }
</style>
</head>
<body>
)";

}  // namespace

Result<void> MatchPage::Add(const std::string& found, const std::string& registered,
                            const gallery::Verdict& verdict, const Pixels& drawn) {
  ++matches_;
  const std::string number = std::to_string(matches_);
  const std::string cells = "<td>" + HtmlEscaped(registered) + "</td><td>" +
                            std::string(gallery::LikenessName(verdict.likeness)) + "</td><td>" +
                            ScoreText(verdict.score) + "</td><td>" + HtmlEscaped(HowText(verdict)) +
                            "</td></tr>\n";
  rows_ += "<tr><td><a href=\"#m" + number + "\">" + HtmlEscaped(found) + "</a></td>" + cells;
  figures_ += "<figure id=\"m" + number + "\">";
  if (!drawn.empty()) {
    const auto jpeg = TRY(media::WriteJpeg(drawn.view(), kJpegQuality));
    figures_ += "<img width=\"" + std::to_string(drawn.width()) + "\" height=\"" +
                std::to_string(drawn.height()) +
                "\" alt=\"Left the registered picture, right the one that was found\" "
                "src=\"data:image/jpeg;base64," +
                Base64(jpeg) + "\">";
  }
  figures_ += "<figcaption><span class=\"verdict\">" +
              std::string(gallery::LikenessName(verdict.likeness)) + "</span> " +
              HtmlEscaped(HowText(verdict)) + "; score " + ScoreText(verdict.score) + "; " +
              std::to_string(verdict.matched_patches) + " patches agree<br>" + HtmlEscaped(found) +
              " ← " + HtmlEscaped(registered) + "</figcaption></figure>\n";
  return {};
}

Result<void> MatchPage::Save(const std::filesystem::path& path, std::size_t searched,
                             std::size_t registered) const {
  std::string page(kHead);
  page += "<h1>" + std::to_string(matches_) + (matches_ == 1 ? " match" : " matches") +
          "</h1>\n<p>" + std::to_string(searched) + " files searched for " +
          std::to_string(registered) +
          " registered ones. In each picture the registered one is left and the one that was found "
          "right; the outline is the part that both show, the lines join patches that look alike "
          "and lie alike.</p>\n";
  if (matches_ > 0) {
    page +=
        "<table><thead><tr><th>Found</th><th>Registered</th><th>Verdict</th><th>Score</th>"
        "<th>How</th></tr></thead><tbody>\n" +
        rows_ + "</tbody></table>\n" + figures_;
  }
  page += "</body>\n</html>\n";
  return WriteFileAtomically(path, AsBytes(page));
}

}  // namespace jikimi
