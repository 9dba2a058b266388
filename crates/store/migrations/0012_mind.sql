-- What the house felt, what it was concerned about, what it learned, and what it expected.

CREATE TABLE feelings (
    -- What was felt, at least every ten minutes and whenever the word for it changed.
    house_id     INTEGER NOT NULL REFERENCES house (house_id),
    at           INTEGER NOT NULL,               -- house time
    label        TEXT    NOT NULL,               -- the word for it
    valence      REAL    NOT NULL,               -- from -1 to 1
    arousal      REAL    NOT NULL,               -- from 0 to 1
    confidence   REAL    NOT NULL,               -- from 0 to 1
    awareness    REAL,                           -- share of the house freshly sensed; NULL: nothing to sense
    mood_valence REAL,                           -- the slow average; NULL before anything was felt
    mood_arousal REAL,
    reasons      TEXT    NOT NULL,               -- the factors with their contributions, JSON
    PRIMARY KEY (house_id, at)
) WITHOUT ROWID;

CREATE TABLE concerns (
    -- What deserves a person, on and ended.
    concern_id TEXT    PRIMARY KEY,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    key        TEXT    NOT NULL,                 -- what makes it the same one when it is found again
    kind       TEXT    NOT NULL,                 -- the detector
    urgency    TEXT    NOT NULL,                 -- low, medium, high or critical
    raised_at  INTEGER NOT NULL,                 -- house time
    ended_at   INTEGER,                          -- NULL while it is on
    how        TEXT,                             -- mended, done or expired
    body       TEXT    NOT NULL                  -- the rest of it, JSON
);
CREATE INDEX concerns_by_time ON concerns (house_id, raised_at);
CREATE INDEX concerns_on ON concerns (house_id) WHERE ended_at IS NULL;

CREATE TABLE mind (
    -- What took days to learn.
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    name     TEXT    NOT NULL,
    body     TEXT    NOT NULL,                   -- JSON
    at       INTEGER NOT NULL,                   -- house time
    PRIMARY KEY (house_id, name)
) WITHOUT ROWID;

CREATE TABLE forecasts (
    -- What was expected, and what came.
    forecast_id INTEGER PRIMARY KEY,
    house_id      INTEGER NOT NULL REFERENCES house (house_id),
    model         TEXT    NOT NULL,              -- who expected it
    device_id     TEXT    NOT NULL,              -- of what
    path          TEXT    NOT NULL,              -- which property of it
    made_at       INTEGER NOT NULL,              -- house time
    from_at       INTEGER NOT NULL,              -- the hour or day that is meant begins
    due_at        INTEGER NOT NULL,              -- and ends; then it can be scored
    value         REAL    NOT NULL,              -- what was expected, in the property's unit
    plain         REAL,                          -- what the simplest guess would have been
    basis         INTEGER NOT NULL,              -- from how many figures
    actual        REAL,                          -- what came; NULL: not known (yet)
    scored_at     INTEGER,                       -- NULL: not scored yet
    UNIQUE (house_id, model, device_id, path, due_at)
);
CREATE INDEX forecasts_due ON forecasts (house_id, due_at) WHERE scored_at IS NULL;
CREATE INDEX forecasts_by_model ON forecasts (house_id, model, due_at);
