-- Scenarios, their versions and runs, and the house's mode.

ALTER TABLE house ADD COLUMN mode TEXT NOT NULL DEFAULT 'home';  -- home, night, away, or the household's own word

CREATE TABLE scenarios (
    -- Every version of every scenario. The one with the highest version counts.
    house_id  INTEGER NOT NULL REFERENCES house (house_id),
    slug      TEXT    NOT NULL,                -- readable unique name
    version   INTEGER NOT NULL,                -- rises by one with every edit
    document  TEXT,                            -- as it was written, JSON; NULL: it was removed
    at        INTEGER NOT NULL,                -- when (house time)
    cause_id  TEXT    NOT NULL,                -- this link of the chain of causes
    parent_id TEXT,                            -- the link before it
    who       TEXT    NOT NULL,                -- who wrote it, JSON
    PRIMARY KEY (house_id, slug, version)
) WITHOUT ROWID;

CREATE TABLE runs (
    -- Runs of scenarios: those that are on, and those that ended.
    run_id     TEXT    PRIMARY KEY,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    scenario   TEXT    NOT NULL,               -- the scenario's slug
    state      TEXT    NOT NULL,               -- queued, running, completed, incomplete, skipped, stopped or failed
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,                        -- NULL while it is on
    cause_id   TEXT    NOT NULL,               -- what it does is caused by this
    body       TEXT    NOT NULL                -- where it stands, and its trace, JSON
);
CREATE INDEX runs_by_time ON runs (house_id, started_at);
CREATE INDEX runs_by_scenario ON runs (scenario, started_at);
CREATE INDEX runs_by_cause ON runs (cause_id);
CREATE INDEX runs_on ON runs (house_id) WHERE ended_at IS NULL;
