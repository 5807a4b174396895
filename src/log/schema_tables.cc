#include "log/entries.h"

namespace jikimi::log {
namespace {

// log_leaf.id is the order in which entries were written; `number` their place in the tree, given
// by the sequencer after they have been committed. What leads from a case to an entry stands in
// log_detail alone and is deleted with the case.
constexpr store::Migration kMigrations[] = {
    {"entries", R"(
      CREATE TABLE log_leaf (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest BYTEA NOT NULL,
        number BIGINT,
        details_gone BIGINT NOT NULL DEFAULT 0 CHECK (details_gone IN (0, 1))
      );
      CREATE INDEX log_leaf_pending ON log_leaf (id) WHERE number IS NULL;
      CREATE UNIQUE INDEX log_leaf_number ON log_leaf (number) WHERE number IS NOT NULL;
      CREATE INDEX log_leaf_gone ON log_leaf (id) WHERE details_gone = 1;
      CREATE TABLE log_detail (
        seal TEXT NOT NULL CHECK (seal IN ('case', 'audit', 'server')),
        entry BIGINT NOT NULL,
        case_id BYTEA,
        key_version BIGINT NOT NULL,
        sealed BYTEA NOT NULL,
        PRIMARY KEY (seal, entry)
      );
      CREATE INDEX log_detail_of_case ON log_detail (case_id, seal, entry)
        WHERE case_id IS NOT NULL;
      CREATE INDEX log_detail_of_centre ON log_detail (key_version, entry) WHERE seal = 'server';
      CREATE TABLE log_pin (
        kind BIGINT NOT NULL,
        owner BYTEA NOT NULL,
        version BIGINT NOT NULL,
        digest BYTEA NOT NULL,
        entry BIGINT NOT NULL,
        PRIMARY KEY (kind, owner, version)
      );
    )"},
    {"tree", R"(
      CREATE TABLE log_tree (
        id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
        size BIGINT NOT NULL,
        checkpoints BIGINT NOT NULL
      );
      INSERT INTO log_tree (id, size, checkpoints) VALUES (1, 0, 0);
      CREATE TABLE log_tile (
        level BIGINT NOT NULL,
        place BIGINT NOT NULL,
        hashes BYTEA NOT NULL,
        PRIMARY KEY (level, place)
      );
      CREATE TABLE log_checkpoint (
        number BIGINT NOT NULL PRIMARY KEY,
        size BIGINT NOT NULL,
        signed_at TIMESTAMPTZ NOT NULL,
        note TEXT NOT NULL
      );
      CREATE INDEX log_checkpoint_size ON log_checkpoint (size, number);
    )"},
};

}  // namespace

store::Schema LogSchema() { return {"log", kMigrations}; }

}  // namespace jikimi::log
