-- What the house foresees is kept in one place, be it a figure or something that happens.

ALTER TABLE predictions RENAME TO predictions_before;
DROP INDEX predictions_by_time;

CREATE TABLE predictions (
    -- What the house foresaw, and what then came.
    prediction_id INTEGER PRIMARY KEY,
    house_id      INTEGER NOT NULL REFERENCES house (house_id),
    model         TEXT    NOT NULL,            -- what foresaw it, such as routines or energy_day
    subject       TEXT    NOT NULL,            -- what it is about: the key of a pattern, or device and property
    made_at       INTEGER NOT NULL,            -- house time
    from_at       INTEGER NOT NULL,            -- the span that is meant begins
    until_at      INTEGER NOT NULL,            -- and ends; then it can be scored
    claim         TEXT,                        -- what should happen, JSON; NULL: a figure is foreseen
    chance        REAL,                        -- how likely that was said to be, 0 to 1
    device_id     TEXT,                        -- whose figure
    path          TEXT,                        -- of which property
    value         REAL,                        -- the figure, in the property's unit
    plain         REAL,                        -- what the simplest guess would have been
    basis         INTEGER,                     -- from how many figures
    actual        REAL,                        -- the figure that came; NULL: not known (yet)
    outcome       TEXT,                        -- hit, miss or unknown; NULL: a figure, or its time has not come
    scored_at     INTEGER,                     -- NULL: not scored yet
    CHECK ((claim IS NULL) = (value IS NOT NULL)),
    UNIQUE (house_id, model, subject, from_at)
);
CREATE INDEX predictions_by_time ON predictions (house_id, model, from_at);
CREATE INDEX predictions_by_end ON predictions (house_id, until_at);
CREATE INDEX predictions_due ON predictions (house_id, until_at) WHERE scored_at IS NULL;

INSERT INTO predictions (house_id, model, subject, made_at, from_at, until_at, claim, chance, outcome, scored_at)
SELECT house_id, model, subject, made_at, from_at, until_at, claim, chance, outcome, scored_at
FROM predictions_before;
INSERT INTO predictions (house_id, model, subject, made_at, from_at, until_at, device_id, path, value, plain, basis,
                         actual, scored_at)
SELECT house_id, model, device_id || ' ' || path, made_at, from_at, due_at, device_id, path, value, plain, basis,
       actual, scored_at
FROM forecasts;

DROP TABLE predictions_before;
DROP TABLE forecasts;
