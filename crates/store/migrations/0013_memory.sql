-- What the house was told and learned, what it foresaw, and the alerts about it.

CREATE TABLE memories (
    -- What the household told the house, and what it learned from living with them.
    row        INTEGER PRIMARY KEY,            -- its number in memory_search
    memory_id  TEXT    NOT NULL UNIQUE,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    kind       TEXT    NOT NULL,               -- preference, fact, note, episode, pattern or context
    key        TEXT,                           -- readable unique name, where it has one
    text       TEXT    NOT NULL,               -- one sentence
    value      TEXT    NOT NULL,               -- what programs need of it, JSON
    person_id  TEXT,                           -- whom it is about; NULL: nobody in particular
    device_id  TEXT,                           -- which device it is about
    area_id    TEXT,                           -- which room it is about
    who        TEXT    NOT NULL,               -- who said it, JSON
    confidence REAL    NOT NULL,               -- 0 to 1
    weight     REAL,                           -- episodes: -1 (bad) to 1 (good)
    from_at    INTEGER,                        -- from when it holds; NULL: always did
    until_at   INTEGER,                        -- until when it holds; NULL: for good
    made_at    INTEGER NOT NULL,               -- when it was first said (house time)
    changed_at INTEGER NOT NULL                -- when it was last said, corrected or found again
);
CREATE UNIQUE INDEX memories_by_key ON memories (house_id, key) WHERE key IS NOT NULL;
CREATE INDEX memories_by_kind ON memories (kind, changed_at);
CREATE INDEX memories_by_end ON memories (until_at) WHERE until_at IS NOT NULL;

-- The words of memories, for full-text search; its row is that of memories.
CREATE VIRTUAL TABLE memory_search USING fts5(text, tokenize = 'porter unicode61 remove_diacritics 2');
-- What is forgotten is taken out of the index at once, and not only marked there.
INSERT INTO memory_search (memory_search, rank) VALUES ('secure-delete', 1);

CREATE TABLE predictions (
    -- What the house foresaw, and what then happened.
    prediction_id TEXT    PRIMARY KEY,
    house_id      INTEGER NOT NULL REFERENCES house (house_id),
    model         TEXT    NOT NULL,            -- what foresaw it, such as routines
    subject       TEXT    NOT NULL,            -- what it is about: the key of the pattern behind it
    claim         TEXT    NOT NULL,            -- what was foreseen, JSON
    chance        REAL    NOT NULL,            -- how likely it was said to be, 0 to 1
    made_at       INTEGER NOT NULL,            -- house time
    from_at       INTEGER NOT NULL,            -- when it should begin to happen at the earliest
    until_at      INTEGER NOT NULL,            -- and at the latest
    outcome       TEXT,                        -- hit, miss or unknown; NULL: its time has not come
    scored_at     INTEGER,
    UNIQUE (house_id, model, subject, from_at)
) WITHOUT ROWID;
CREATE INDEX predictions_by_time ON predictions (house_id, model, from_at);

CREATE TABLE alert_rules (
    -- Of what people want to be alarmed.
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    slug     TEXT    NOT NULL,                 -- readable unique name
    body     TEXT    NOT NULL,                 -- the rule, JSON
    at       INTEGER NOT NULL,                 -- when it was written (house time)
    who      TEXT    NOT NULL,                 -- who wrote it, JSON
    PRIMARY KEY (house_id, slug)
) WITHOUT ROWID;

CREATE TABLE alerts (
    -- Alerts that are on, and those that ended.
    alert_id   TEXT    PRIMARY KEY,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    source     TEXT    NOT NULL,               -- rule, or alertmanager
    name       TEXT    NOT NULL,               -- the rule's slug, or the alert's name there
    body       TEXT    NOT NULL,               -- all there is to say, JSON
    started_at INTEGER NOT NULL,               -- house time
    ended_at   INTEGER,                        -- NULL while it is on
    is_told    INTEGER NOT NULL                -- 0 while a webhook still has to be told of its state
);
CREATE INDEX alerts_by_time ON alerts (house_id, started_at);
CREATE INDEX alerts_on ON alerts (house_id) WHERE ended_at IS NULL;
