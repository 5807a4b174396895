#include "search/range_index.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "search/bands.h"
#include "search/journal.h"
#include "search/merging.h"
#include "search/published.h"
#include "search/segment.h"
#include "search/snapshot.h"

namespace jikimi::search {
namespace {

std::filesystem::path JournalPath(const std::filesystem::path& path, std::uint64_t generation) {
  return path.native() + ".journal-" + std::to_string(generation);
}

std::filesystem::path FolderOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The highest generation of a journal beside `path`.
std::optional<std::uint64_t> LastJournal(const std::filesystem::path& path) {
  const std::string prefix = path.filename().native() + ".journal-";
  std::optional<std::uint64_t> last;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(FolderOf(path), ignored)) {
    const std::string name = file.path().filename().native();
    if (!name.starts_with(prefix)) continue;
    std::uint64_t generation = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + prefix.size(), end, generation);
    if (parsed.ec == std::errc() && parsed.ptr == end)
      last = std::max(last, std::optional(generation));
  }
  return last;
}

// Half-written snapshots of a process that was killed. Only for who holds the lock.
void RemoveTemporaries(const std::filesystem::path& path) {
  const std::string prefix = path.filename().native() + kSnapshotTemporary;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(FolderOf(path), ignored)) {
    const std::string name = file.path().filename().native();
    if (name.starts_with(prefix) && name.size() == prefix.size() + 6) {
      std::filesystem::remove(file.path(), ignored);
    }
  }
}

}  // namespace

class RangeIndex::State {
 public:
  explicit State(const Options& options) : kernels_(*options.kernels), merging_(options.merging) {}
  ~State();

  Result<void> Begin(std::vector<std::shared_ptr<Segment>> segments);
  Result<void> BeginDurable(const std::filesystem::path& path);
  Result<void> Insert(std::span<const Entry> entries);
  Result<std::size_t> Withdraw(EntryId id);
  Result<void> Find(const Segments& segments, const Word256& word, Radius radius,
                    std::vector<Match>* matches) const;
  Published<Segments>::Reader Read() const { return segments_->Read(); }
  Result<void> MergeAll();
  Result<void> SaveSnapshot(const std::filesystem::path& path);
  Result<void> Checkpoint();

 private:
  // These want writing_ held.
  Result<void> Apply(std::span<const Entry> entries);
  Result<std::size_t> ApplyWithdrawal(EntryId id, Journal* journal);
  Result<void> StartTail(Segments segments);
  std::vector<FrozenSegment> Freeze() const;
  // They are in the snapshot of that generation.
  void RemoveJournalsBefore(std::uint64_t generation) const;

  // Wants merge_ held, and not writing_.
  Result<void> Merge(const Segments& sources);
  void MergeInBackground();
  // Waits until no reader holds a replaced version, so that its memory is free again.
  void WaitForReaders();

  const Kernels& kernels_;
  const Options::Merging merging_;
  std::optional<Published<Segments>> segments_;  // the last one grows

  std::mutex writing_;
  std::optional<FileLock> lock_;
  std::optional<Journal> journal_;
  std::filesystem::path path_;
  std::uint64_t generation_ = 0;  // of the journal
  bool recording_ = false;        // a merge runs: withdrawals are to be repeated on its result
  std::vector<EntryId> withdrawn_meanwhile_;

  std::mutex merge_;       // one merge at a time
  std::mutex checkpoint_;  // one checkpoint at a time
  std::atomic<bool> stopping_ = false;
  bool wanted_ = false;  // with writing_: look whether a merge is worth it
  std::condition_variable wake_;
  std::thread background_;
};

RangeIndex::State::~State() {
  {
    const std::lock_guard lock(writing_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (background_.joinable()) background_.join();
}

Result<void> RangeIndex::State::Begin(std::vector<std::shared_ptr<Segment>> segments) {
  segments_.emplace(std::make_unique<const Segments>());
  {
    const std::lock_guard lock(writing_);
    TRY(StartTail(std::move(segments)));
  }
  if (merging_ == Options::Merging::kInBackground) {
    background_ = std::thread([this] { MergeInBackground(); });
  }
  return {};
}

Result<void> RangeIndex::State::BeginDurable(const std::filesystem::path& path) {
  path_ = path;
  lock_ = TRY(FileLock::Acquire(path.native() + ".lock"));
  RemoveTemporaries(path);
  std::vector<std::shared_ptr<Segment>> segments;
  std::uint64_t snapshot_generation = 0;
  if (Exists(path)) {
    Snapshot snapshot = TRY(search::OpenSnapshot(path));
    generation_ = snapshot_generation = snapshot.generation;
    segments = std::move(snapshot.segments);
  }
  TRY(Begin(std::move(segments)));

  const std::lock_guard lock(writing_);
  // A checkpoint begins with the next journal and ends with its snapshot: killed in between, it
  // leaves two. Journals before the snapshot are all in it.
  const auto apply = [&](const Change& change) -> Result<void> {
    if (change.kind == Change::Kind::kInsert) return Apply({&change.entry, 1});
    TRY(ApplyWithdrawal(change.entry.id, nullptr));
    return {};
  };
  if (Exists(JournalPath(path, generation_))) {
    journal_ = TRY(Journal::Open(JournalPath(path, generation_), generation_, apply));
    while (Exists(JournalPath(path, generation_ + 1))) {
      ++generation_;
      journal_ = TRY(Journal::Open(JournalPath(path, generation_), generation_, apply));
    }
  } else if (LastJournal(path) > generation_) {
    return Error{ErrorCode::kCorrupt, Printable(JournalPath(path, generation_).native()) +
                                          ": is missing, and what it held is not in the snapshot"};
  } else {
    journal_ = TRY(Journal::Create(JournalPath(path, generation_), generation_));
  }
  RemoveJournalsBefore(snapshot_generation);
  return {};
}

Result<void> RangeIndex::State::StartTail(Segments segments) {
  segments.push_back(TRY(Segment::Make(kTailWords)));
  segments_->Publish(std::make_unique<const Segments>(std::move(segments)));
  wanted_ = true;
  wake_.notify_all();
  return {};
}

Result<void> RangeIndex::State::Insert(std::span<const Entry> entries) {
  const std::lock_guard lock(writing_);
  if (journal_.has_value()) {
    std::vector<Change> changes;
    changes.reserve(entries.size());
    for (const Entry& entry : entries) changes.push_back({Change::Kind::kInsert, entry});
    TRY(journal_->Append(changes));
  }
  return Apply(entries);
}

Result<void> RangeIndex::State::Apply(std::span<const Entry> entries) {
  if (entries.size() >= kTableWords) {
    const auto segment = TRY(Segment::Make(entries.size()));
    for (const Entry& entry : entries) segment->Append(SpreadOverBands(entry.word), entry.id);
    TRY(segment->BuildTable());
    Segments segments = *Read();
    segments.insert(segments.end() - 1, segment);
    segments_->Publish(std::make_unique<const Segments>(std::move(segments)));
    wanted_ = true;
    wake_.notify_all();
    return {};
  }
  std::shared_ptr<Segment> tail = Read()->back();
  for (const Entry& entry : entries) {
    if (tail->size() == tail->capacity()) {
      TRY(StartTail(*Read()));
      tail = Read()->back();
    }
    tail->Append(SpreadOverBands(entry.word), entry.id);
  }
  return {};
}

Result<std::size_t> RangeIndex::State::Withdraw(EntryId id) {
  const std::lock_guard lock(writing_);
  return ApplyWithdrawal(id, journal_.has_value() ? &*journal_ : nullptr);
}

Result<std::size_t> RangeIndex::State::ApplyWithdrawal(EntryId id, Journal* journal) {
  const Segments segments = *Read();
  std::vector<std::vector<std::uint32_t>> positions;
  std::size_t count = 0;
  for (const auto& segment : segments) {
    positions.push_back(TRY(segment->PositionsOf(id)));
    count += positions.back().size();
  }
  if (count == 0) return count;
  if (journal != nullptr) {
    const Change change = {Change::Kind::kWithdraw, {Word256(), id}};
    TRY(journal->Append({&change, 1}));
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (const std::uint32_t position : positions[i]) segments[i]->WithdrawAt(position);
  }
  if (recording_) withdrawn_meanwhile_.push_back(id);
  wanted_ = true;
  wake_.notify_all();
  return count;
}

Result<void> RangeIndex::State::Find(const Segments& segments, const Word256& word, Radius radius,
                                     std::vector<Match>* matches) const {
  const Word256 spread = SpreadOverBands(word);
  for (const auto& segment : segments) {
    TRY(segment->Find(spread, radius, kernels_, matches));
  }
  return {};
}

Result<void> RangeIndex::State::Merge(const Segments& sources) {
  {
    const std::lock_guard lock(writing_);
    recording_ = true;
    withdrawn_meanwhile_.clear();
  }
  auto merged = MergeSegments(sources, stopping_);
  {
    const std::lock_guard lock(writing_);
    recording_ = false;
    if (!merged.has_value()) return merged.error();
    Segments segments;
    for (const auto& segment : *Read()) {
      if (std::find(sources.begin(), sources.end(), segment) == sources.end()) {
        segments.push_back(segment);
      }
    }
    if ((*merged)->size() != 0) segments.insert(segments.begin(), *merged);
    // What was inserted anew under such an id is not among the sources.
    for (const EntryId id : withdrawn_meanwhile_) {
      for (const std::uint32_t position : TRY((*merged)->PositionsOf(id))) {
        (*merged)->WithdrawAt(position);
      }
    }
    segments_->Publish(std::make_unique<const Segments>(std::move(segments)));
  }
  return {};
}

void RangeIndex::State::WaitForReaders() {
  while (true) {
    {
      const std::lock_guard lock(writing_);
      if (segments_->Reclaim() || stopping_) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void RangeIndex::State::MergeInBackground() {
  while (true) {
    {
      std::unique_lock lock(writing_);
      wake_.wait(lock, [this] { return wanted_ || stopping_; });
      if (stopping_) return;
      wanted_ = false;
    }
    const std::lock_guard lock(merge_);
    while (true) {
      const Segments sources = WorthMerging(*Read());
      if (sources.empty()) break;
      // A damaged part stays as it is, and queries say so; no memory: the next change tries again.
      if (!Merge(sources).has_value()) break;
      WaitForReaders();
    }
  }
}

Result<void> RangeIndex::State::MergeAll() {
  const std::lock_guard merge_lock(merge_);
  Segments sources;
  {
    const std::lock_guard lock(writing_);
    sources = *Read();
    TRY(StartTail(sources));
  }
  TRY(Merge(sources));
  WaitForReaders();
  return {};
}

std::vector<FrozenSegment> RangeIndex::State::Freeze() const {
  std::vector<FrozenSegment> frozen;
  const auto segments = Read();
  for (const auto& segment : *segments) {
    const std::size_t size = segment->size();
    auto withdrawn = segment->WithdrawnBits();
    withdrawn.resize((size + 63) / 64);
    if (size != 0) frozen.push_back({segment, size, std::move(withdrawn)});
  }
  return frozen;
}

Result<void> RangeIndex::State::SaveSnapshot(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!path_.empty() && (path == path_ || std::filesystem::equivalent(path, path_, ignored))) {
    return Error{ErrorCode::kInvalidArgument,
                 Printable(path.native()) + ": belongs to the journal; make a checkpoint instead"};
  }
  std::vector<FrozenSegment> frozen;
  {
    const std::lock_guard lock(writing_);
    frozen = Freeze();
  }
  return WriteSnapshot(path, 0, frozen);
}

Result<void> RangeIndex::State::Checkpoint() {
  const std::lock_guard checkpoint_lock(checkpoint_);
  std::vector<FrozenSegment> frozen;
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(writing_);
    if (!journal_.has_value()) {
      return Error{ErrorCode::kInvalidArgument,
                   "a checkpoint needs an index that was opened with its journal"};
    }
    generation = generation_ + 1;
    journal_ = TRY(Journal::Create(JournalPath(path_, generation), generation));
    generation_ = generation;
    frozen = Freeze();
  }
  TRY(WriteSnapshot(path_, generation, frozen));
  RemoveJournalsBefore(generation);
  return {};
}

void RangeIndex::State::RemoveJournalsBefore(std::uint64_t generation) const {
  // Several, when checkpoints failed in between.
  while (generation-- > 0) {
    if (unlink(JournalPath(path_, generation).c_str()) != 0) break;
  }
}

RangeIndex::RangeIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
RangeIndex::~RangeIndex() = default;

Result<std::unique_ptr<RangeIndex>> RangeIndex::Make(const Options& options) {
  auto state = std::make_unique<State>(options);
  TRY(state->Begin({}));
  return std::unique_ptr<RangeIndex>(new RangeIndex(std::move(state)));
}

Result<std::unique_ptr<RangeIndex>> RangeIndex::OpenSnapshot(const std::filesystem::path& path,
                                                             const Options& options) {
  Snapshot snapshot = TRY(search::OpenSnapshot(path));
  auto state = std::make_unique<State>(options);
  TRY(state->Begin(std::move(snapshot.segments)));
  return std::unique_ptr<RangeIndex>(new RangeIndex(std::move(state)));
}

Result<std::unique_ptr<RangeIndex>> RangeIndex::OpenDurable(const std::filesystem::path& path,
                                                            const Options& options) {
  auto state = std::make_unique<State>(options);
  TRY(state->BeginDurable(path));
  return std::unique_ptr<RangeIndex>(new RangeIndex(std::move(state)));
}

Result<void> RangeIndex::Insert(const Word256& word, EntryId id) {
  const Entry entry = {word, id};
  return state_->Insert({&entry, 1});
}

Result<void> RangeIndex::Insert(std::span<const Entry> entries) { return state_->Insert(entries); }

Result<std::size_t> RangeIndex::Withdraw(EntryId id) { return state_->Withdraw(id); }

Result<std::vector<Match>> RangeIndex::Query(const Word256& word, Radius radius) const {
  std::vector<Match> matches;
  TRY(state_->Find(*state_->Read(), word, radius, &matches));
  return matches;
}

Result<std::vector<std::vector<Match>>> RangeIndex::QueryBatch(std::span<const Word256> words,
                                                               Radius radius) const {
  std::vector<std::vector<Match>> matches(words.size());
  const auto segments = state_->Read();
  for (std::size_t i = 0; i < words.size(); ++i) {
    TRY(state_->Find(*segments, words[i], radius, &matches[i]));
  }
  return matches;
}

std::size_t RangeIndex::size() const {
  const auto segments = state_->Read();
  std::size_t size = 0;
  for (const auto& segment : *segments) {
    // The count of withdrawn first: a word withdrawn in between is at worst counted.
    const std::size_t withdrawn = segment->withdrawn();
    size += segment->size() - withdrawn;
  }
  return size;
}

std::size_t RangeIndex::memory_bytes() const {
  const auto segments = state_->Read();
  std::size_t bytes = 0;
  const BlockFile* file = nullptr;
  for (const auto& segment : *segments) {
    bytes += segment->memory_bytes();
    // All segments that lie in a file lie in the one that was opened.
    if (segment->words().file() != nullptr) file = segment->words().file();
  }
  return bytes + (file == nullptr ? 0 : file->memory_bytes());
}

Result<void> RangeIndex::Merge() { return state_->MergeAll(); }

Result<void> RangeIndex::SaveSnapshot(const std::filesystem::path& path) const {
  return state_->SaveSnapshot(path);
}

Result<void> RangeIndex::Checkpoint() { return state_->Checkpoint(); }

}  // namespace jikimi::search
