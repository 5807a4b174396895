#include "store/migration.h"

namespace jikimi::store {
namespace {

constexpr Migration kMigrations[] = {
    {"jobs", R"(
      CREATE TABLE store_job (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        queue TEXT NOT NULL,
        unique_key TEXT NOT NULL,
        payload BYTEA NOT NULL,
        due_at TIMESTAMPTZ NOT NULL,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dead')),
        lease_number BIGINT NOT NULL DEFAULT 0,
        tries BIGINT NOT NULL DEFAULT 0,
        max_tries BIGINT NOT NULL CHECK (max_tries >= 1),
        reason TEXT,
        finished_at TIMESTAMPTZ,
        UNIQUE (queue, unique_key)
      );
      CREATE INDEX store_job_due ON store_job (queue, due_at, id) WHERE state = 'open';
      CREATE INDEX store_job_finished ON store_job (queue, finished_at) WHERE state <> 'open';
    )"},
    {"events", R"(
      CREATE TABLE store_event (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number BIGINT UNIQUE,
        topic TEXT NOT NULL,
        payload BYTEA NOT NULL,
        happened_at TIMESTAMPTZ NOT NULL
      );
      CREATE INDEX store_event_pending ON store_event (id) WHERE number IS NULL;
      CREATE TABLE store_event_counter (
        id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
        last BIGINT NOT NULL
      );
      INSERT INTO store_event_counter (id, last) VALUES (1, 0);
      CREATE TABLE store_consumer (
        name TEXT NOT NULL PRIMARY KEY,
        position BIGINT NOT NULL
      );
    )"},
};

}  // namespace

Schema StoreSchema() { return {"store", kMigrations}; }

}  // namespace jikimi::store
