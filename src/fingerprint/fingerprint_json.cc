#include "fingerprint/fingerprint_json.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <utility>

#include "fingerprint/fingerprint_form.h"

namespace jikimi::fingerprint {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;
constexpr double kMaxSeconds = 1e9;

json::array Words(const std::array<Word256, kDihedrals>& words) {
  json::array result;
  for (const Word256& word : words) result.emplace_back(word.ToHex());
  return result;
}

json::object Picture(const PictureFingerprint& picture, Disclosure disclosure) {
  const bool everything = disclosure == Disclosure::kEverything;
  json::object result;
  result["width"] = picture.width;
  result["height"] = picture.height;
  result["quality"] = picture.whole_quality;
  result["pdq"] = Words(picture.whole);
  json::array& inner = result["inner"].emplace_array();
  for (const auto& part : picture.inner) {
    json::object& entry = inner.emplace_back(json::object()).get_object();
    if (everything) {
      entry["region"] = {part.region.x, part.region.y, part.region.width, part.region.height};
    }
    entry["quality"] = part.quality;
    entry["pdq"] = Words(part.words);
  }
  if (!everything) return result;
  json::array& patches = result["patches"].emplace_array();
  for (const Patch& patch : picture.patches) {
    patches.push_back(json::array(
        {patch.word.ToHex(), patch.x, patch.y, patch.scale, patch.angle, patch.bright}));
  }
  return result;
}

// A value and where it stands, so that what is wrong with it can say so.
struct Place {
  const json::value* value;
  std::string name;

  Error Wrong(const std::string& what) const {
    return {ErrorCode::kInvalidArgument, (name.empty() ? "top" : name) + ": " + what};
  }
};

class Members {
 public:
  // `allowed` may be missing; anything besides `needed` and `allowed` is refused.
  static Result<Members> Of(const Place& place, std::initializer_list<std::string_view> needed,
                            std::initializer_list<std::string_view> allowed = {}) {
    if (!place.value->is_object()) return place.Wrong("is not an object");
    const json::object& object = place.value->get_object();
    for (const std::string_view name : needed) {
      if (!object.contains(name)) return place.Wrong("has no \"" + std::string(name) + "\"");
    }
    const auto has = [](const auto& list, std::string_view name) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (const auto& member : object) {
      if (!has(needed, member.key()) && !has(allowed, member.key())) {
        return place.Wrong("has an unknown \"" + std::string(member.key()) + "\"");
      }
    }
    return Members(&object, place.name.empty() ? "" : place.name + ".");
  }

  bool Has(std::string_view name) const { return object_->contains(name); }
  Place operator[](std::string_view name) const {
    return {&object_->at(name), prefix_ + std::string(name)};
  }

 private:
  Members(const json::object* object, std::string prefix)
      : object_(object), prefix_(std::move(prefix)) {}

  const json::object* object_;
  std::string prefix_;
};

Result<std::vector<Place>> Elements(const Place& place, std::size_t least, std::size_t most) {
  if (!place.value->is_array()) return place.Wrong("is not an array");
  const json::array& array = place.value->get_array();
  if (array.size() < least || array.size() > most) {
    return place.Wrong("has " + std::to_string(array.size()) + " elements, not " +
                       std::to_string(least) +
                       (most == least ? std::string() : " to " + std::to_string(most)));
  }
  std::vector<Place> elements;
  for (std::size_t i = 0; i < array.size(); ++i) {
    elements.push_back({&array[i], place.name + "[" + std::to_string(i) + "]"});
  }
  return elements;
}

Result<std::int64_t> Integer(const Place& place, std::int64_t low, std::int64_t high) {
  json::error_code error;
  const auto number = place.value->to_number<std::int64_t>(error);
  if (error || place.value->is_double()) return place.Wrong("is not a whole number");
  if (number < low || number > high) {
    return place.Wrong("is not from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return number;
}

Result<float> Float(const Place& place) {
  json::error_code error;
  const auto number = place.value->to_number<double>(error);
  if (error || !(std::abs(number) <= 3e38)) return place.Wrong("is not a number");
  return static_cast<float>(number);
}

Result<Word256> Word(const Place& place) {
  if (!place.value->is_string()) return place.Wrong("is not a string of 64 hex digits");
  const json::string& text = place.value->get_string();
  auto word = Word256::FromHex({text.data(), text.size()});
  if (!word.has_value()) return Prefixed(place.name, std::move(word).error());
  return word;
}

Result<void> TakeWords(const Place& place, std::array<Word256, kDihedrals>* words) {
  const auto elements = TRY(Elements(place, kDihedrals, kDihedrals));
  for (std::size_t i = 0; i < kDihedrals; ++i) (*words)[i] = TRY(Word(elements[i]));
  return {};
}

Result<Patch> TakePatch(const Place& place) {
  const auto elements = TRY(Elements(place, 6, 6));
  Patch patch;
  patch.word = TRY(Word(elements[0]));
  patch.x = TRY(Float(elements[1]));
  patch.y = TRY(Float(elements[2]));
  patch.scale = TRY(Float(elements[3]));
  patch.angle = TRY(Float(elements[4]));
  if (!elements[5].value->is_bool()) return elements[5].Wrong("is neither true nor false");
  patch.bright = elements[5].value->get_bool();
  return patch;
}

Result<PictureFingerprint> TakePicture(const Place& place) {
  const Members members =
      TRY(Members::Of(place, {"width", "height", "quality", "pdq", "inner"}, {"patches"}));
  PictureFingerprint picture;
  picture.width = static_cast<int>(TRY(Integer(members["width"], 0, kMaxSide)));
  picture.height = static_cast<int>(TRY(Integer(members["height"], 0, kMaxSide)));
  picture.whole_quality = static_cast<int>(TRY(Integer(members["quality"], 0, 100)));
  TRY(TakeWords(members["pdq"], &picture.whole));
  for (const Place& element : TRY(Elements(members["inner"], 0, kMaxInner))) {
    const Members part = TRY(Members::Of(element, {"quality", "pdq"}, {"region"}));
    PictureFingerprint::Inner& inner = picture.inner.emplace_back();
    // Words alone don't say where the inner picture lies.
    inner.region = {0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height)};
    inner.quality = static_cast<int>(TRY(Integer(part["quality"], 0, 100)));
    TRY(TakeWords(part["pdq"], &inner.words));
    if (part.Has("region")) {
      const auto sides = TRY(Elements(part["region"], 4, 4));
      inner.region = {TRY(Float(sides[0])), TRY(Float(sides[1])), TRY(Float(sides[2])),
                      TRY(Float(sides[3]))};
    }
  }
  if (members.Has("patches")) {
    for (const Place& element : TRY(Elements(members["patches"], 0, kMaxPatches))) {
      picture.patches.push_back(TRY(TakePatch(element)));
    }
  }
  return picture;
}

Result<json::value> Parse(std::string_view text) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error) return Error{ErrorCode::kInvalidArgument, "not JSON: " + error.message()};
  return value;
}

// All of `text` as a number, or nothing.
template <typename T>
std::optional<T> Number(std::string_view text) {
  T number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<std::string> FingerprintToJson(const Fingerprint& fingerprint, Disclosure disclosure) {
  TRY(CheckSound(fingerprint));
  json::object result;
  result["version"] = kVersion;
  result["kind"] = fingerprint.kind == Kind::kPhoto ? "photo" : "video";
  if (fingerprint.kind == Kind::kPhoto) {
    json::array& pictures = result["pictures"].emplace_array();
    for (const auto& picture : fingerprint.pictures) {
      pictures.push_back(Picture(picture, disclosure));
    }
    return json::serialize(result);
  }
  result["duration_us"] = fingerprint.duration_us;
  json::array& frames = result["frames"].emplace_array();
  for (const FrameWord& frame : fingerprint.frames) {
    frames.push_back(json::array({frame.frame, frame.quality, frame.word.ToHex(), frame.time_us}));
  }
  json::array& key_frames = result["key_frames"].emplace_array();
  for (const KeyFrame& key_frame : fingerprint.key_frames) {
    json::object& entry = key_frames.emplace_back(json::object()).get_object();
    entry["time_us"] = key_frame.time_us;
    entry["picture"] = Picture(key_frame.picture, disclosure);
  }
  return json::serialize(result);
}

Result<Fingerprint> FingerprintFromJson(std::string_view text) {
  const json::value value = TRY(Parse(text));
  const Members top = TRY(Members::Of({&value, ""}, {"version", "kind"},
                                      {"pictures", "duration_us", "frames", "key_frames"}));
  if (TRY(Integer(top["version"], 0, 1'000'000)) != kVersion) {
    return Error{ErrorCode::kUnsupported, "version: this reads version 1 of the JSON form"};
  }
  Fingerprint fingerprint;
  if (*top["kind"].value == "video") {
    fingerprint.kind = Kind::kVideo;
    const Members video =
        TRY(Members::Of({&value, ""}, {"version", "kind", "duration_us", "frames", "key_frames"}));
    fingerprint.duration_us = TRY(Integer(video["duration_us"], 0, kMaxTime_us));
    for (const Place& element : TRY(Elements(video["frames"], 0, kMaxFrameWords))) {
      const auto cells = TRY(Elements(element, 4, 4));
      FrameWord& frame = fingerprint.frames.emplace_back();
      frame.frame = static_cast<std::uint32_t>(TRY(Integer(cells[0], 0, 0xffffffff)));
      frame.quality = static_cast<int>(TRY(Integer(cells[1], 0, 100)));
      frame.word = TRY(Word(cells[2]));
      frame.time_us = TRY(Integer(cells[3], 0, kMaxTime_us));
    }
    for (const Place& element : TRY(Elements(video["key_frames"], 0, kMaxKeyFrames))) {
      const Members members = TRY(Members::Of(element, {"time_us", "picture"}));
      const std::int64_t time_us = TRY(Integer(members["time_us"], 0, kMaxTime_us));
      fingerprint.key_frames.push_back({time_us, TRY(TakePicture(members["picture"]))});
    }
  } else if (*top["kind"].value == "photo") {
    const Members photo = TRY(Members::Of({&value, ""}, {"version", "kind", "pictures"}));
    for (const Place& element : TRY(Elements(photo["pictures"], 0, kMaxPictures))) {
      fingerprint.pictures.push_back(TRY(TakePicture(element)));
    }
  } else {
    return top["kind"].Wrong("is neither \"photo\" nor \"video\"");
  }
  TRY(CheckSound(fingerprint));
  return fingerprint;
}

std::string FrameWordsToJson(std::span<const FrameWord> frames) {
  json::array list;
  for (const FrameWord& frame : frames) {
    char rest[64];
    std::snprintf(rest, sizeof(rest), ",%d,%.3f", frame.quality,
                  static_cast<double>(frame.time_us) / 1e6);
    list.emplace_back(frame.word.ToHex() + rest);
  }
  return json::serialize(list);
}

Result<std::vector<FrameWord>> FrameWordsFromJson(std::string_view text) {
  const json::value value = TRY(Parse(text));
  std::vector<FrameWord> frames;
  for (const Place& element : TRY(Elements({&value, ""}, 0, kMaxFrameWords))) {
    const Error wrong = element.Wrong("is not \"hash,quality,timestamp\"");
    if (!element.value->is_string()) return wrong;
    const std::string_view line(element.value->get_string().data(),
                                element.value->get_string().size());
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return wrong;
    const auto quality = Number<int>(line.substr(first + 1, second - first - 1));
    const auto seconds = Number<double>(line.substr(second + 1));
    if (!quality || *quality < 0 || *quality > 100)
      return element.Wrong("its quality is not 0 to 100");
    if (!seconds || !(*seconds >= 0 && *seconds <= kMaxSeconds)) {
      return element.Wrong("its timestamp is no number of seconds");
    }
    auto word = Word256::FromHex(line.substr(0, first));
    if (!word.has_value()) return Prefixed(element.name, std::move(word).error());
    frames.push_back({static_cast<std::uint32_t>(frames.size()),
                      std::llround(*seconds * 1e3) * 1000, *word, *quality});
  }
  return frames;
}

}  // namespace jikimi::fingerprint
