#include "vault/survivor_code.h"

#include "vault/code_symbols.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kGroup = 4;
constexpr const char* kWhat = "code";

}  // namespace

SurvivorCode SurvivorCode::Generate() {
  auto symbols = SecretBytes::Random(kSymbols);
  for (auto& symbol : symbols.bytes()) symbol &= std::byte{31};
  symbols.bytes().back() = CheckSymbol(symbols.bytes().first(kSymbols - 1));
  return SurvivorCode(std::move(symbols));
}

Result<SurvivorCode> SurvivorCode::Parse(std::string_view text) {
  auto symbols = TRY(ReadSymbols(kWhat, text, kSymbols));
  if (symbols.size() != kSymbols) {
    return Error{ErrorCode::kInvalidArgument, "code: has " + std::to_string(symbols.size()) +
                                                  " letters and digits instead of " +
                                                  std::to_string(kSymbols)};
  }
  if (!IsCodeword(symbols.bytes())) {
    return Error{ErrorCode::kInvalidArgument, "code: is mistyped; please compare each character"};
  }
  return SurvivorCode(std::move(symbols));
}

std::string SurvivorCode::Locator() const {
  const auto text = SymbolText(symbols_.bytes().first(kLocatorSymbols));
  return {reinterpret_cast<const char*>(text.bytes().data()), text.size()};
}

SecretBytes SurvivorCode::ToText() const {
  const auto plain = SymbolText(symbols_.bytes());
  SecretBytes text(kSymbols + (kSymbols - 1) / kGroup);
  std::size_t size = 0;
  for (std::size_t i = 0; i < kSymbols; ++i) {
    if (i > 0 && i % kGroup == 0) text.bytes()[size++] = std::byte{'-'};
    text.bytes()[size++] = plain.bytes()[i];
  }
  return text;
}

}  // namespace jikimi::vault
