-- What was measured: current values, samples, and their hourly and daily sums.

CREATE TABLE properties (
    -- Every property that was ever recorded, with a short number for the tables below.
    property_id INTEGER PRIMARY KEY,
    house_id    INTEGER NOT NULL REFERENCES house (house_id),
    device_id   TEXT    NOT NULL,
    path        TEXT    NOT NULL,              -- Capability.property, or 2:Capability.property on endpoint 2
    UNIQUE (device_id, path)
);

CREATE TABLE twins (
    -- What each property was last reported to be. After a restart this is shown as stale.
    property_id INTEGER PRIMARY KEY REFERENCES properties (property_id) ON DELETE CASCADE,
    value       TEXT,                          -- JSON: true, 21.5, "heat"; NULL: the device does not know
    at          INTEGER NOT NULL,              -- when it was last reported
    since       INTEGER NOT NULL,              -- when it became this value
    cause_id    TEXT    NOT NULL,
    parent_id   TEXT,
    who         TEXT    NOT NULL               -- who caused it, JSON
);

CREATE TABLE samples (
    -- Every reported change, and now and then a confirmation. Both values NULL: not known from here.
    property_id INTEGER NOT NULL,
    ts          INTEGER NOT NULL,              -- house time
    number      REAL,                          -- numbers; 1 and 0 for true and false
    text        TEXT,                          -- words and texts
    PRIMARY KEY (property_id, ts)
) WITHOUT ROWID;

CREATE TABLE gaps (
    -- Stretches of house time of which samples or events may be missing, and why.
    gap_id   INTEGER PRIMARY KEY,
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    from_at  INTEGER NOT NULL,
    to_at    INTEGER NOT NULL,
    reason   TEXT    NOT NULL,                 -- not_running, fell_behind or not_kept
    detail   TEXT    NOT NULL,                 -- for people
    UNIQUE (house_id, from_at, to_at, reason)
);
CREATE INDEX gaps_by_end ON gaps (to_at);

CREATE TABLE statistics_hourly (
    -- Samples summed up by the hour, as the capability's table says. Can be recomputed from samples.
    property_id INTEGER NOT NULL,
    start       INTEGER NOT NULL,              -- house time; hours count from local midnight
    length      INTEGER NOT NULL,              -- microseconds
    known       INTEGER NOT NULL,              -- microseconds for which a value was known
    samples     INTEGER NOT NULL,              -- how many samples fell into it
    mean        REAL,                          -- numbers: weighted by time; true/false: the share of time true
    min         REAL,
    max         REAL,
    total       REAL,                          -- meters: the increase, resets taken into account
    meter       REAL,                          -- meters: the reading at the end
    PRIMARY KEY (property_id, start)
) WITHOUT ROWID;

CREATE TABLE statistics_daily (
    -- The same by the local day, which has 23 to 25 hours.
    property_id INTEGER NOT NULL,
    start       INTEGER NOT NULL,              -- local midnight
    length      INTEGER NOT NULL,
    known       INTEGER NOT NULL,
    samples     INTEGER NOT NULL,
    mean        REAL,
    min         REAL,
    max         REAL,
    total       REAL,
    meter       REAL,
    PRIMARY KEY (property_id, start)
) WITHOUT ROWID;

CREATE VIEW current_values AS
    -- What was last reported, for people.
    SELECT d.slug AS device, p.path AS property, t.value,
           datetime(t.at / 1000000, 'unixepoch', 'localtime') AS local_time,
           coalesce(json_extract(t.who, '$.name'), json_extract(t.who, '$.kind')) AS who
      FROM twins t JOIN properties p USING (property_id) JOIN devices d ON d.device_id = p.device_id
     ORDER BY d.slug, p.path;

CREATE VIEW recent_samples AS
    -- The samples of the last day before the newest thing kept, for people.
    SELECT coalesce(d.slug, p.device_id) AS device, p.path AS property,
           datetime(s.ts / 1000000, 'unixepoch', 'localtime') AS local_time,
           coalesce(s.text, s.number) AS value, s.ts
      FROM properties p
      JOIN samples s ON s.property_id = p.property_id
                    AND s.ts >= (SELECT max(last_kept_at) FROM house) - 86400000000
      LEFT JOIN devices d ON d.device_id = p.device_id;

CREATE VIEW daily AS
    -- Statistics by the day, for people.
    SELECT coalesce(d.slug, p.device_id) AS device, p.path AS property,
           date(s.start / 1000000, 'unixepoch', 'localtime') AS day,
           s.mean, s.min, s.max, s.total, round(1.0 * s.known / s.length, 3) AS known_share
      FROM statistics_daily s
      JOIN properties p ON p.property_id = s.property_id
      LEFT JOIN devices d ON d.device_id = p.device_id;
