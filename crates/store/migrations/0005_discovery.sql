-- What the network sees of found things, and every search for them.

ALTER TABLE discoveries ADD COLUMN device_id TEXT;                     -- the device that it became
ALTER TABLE discoveries ADD COLUMN sightings TEXT NOT NULL DEFAULT '[]'; -- who sees it and how, JSON

CREATE TABLE scans (
    -- Every search for devices.
    scan_id    TEXT    PRIMARY KEY,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    cause_id   TEXT    NOT NULL,               -- this link of the chain of causes
    parent_id  TEXT,                           -- the link before it
    who        TEXT    NOT NULL,               -- who wanted it, JSON
    new        TEXT    NOT NULL                -- ids of what was found for the first time, JSON
);
CREATE INDEX scans_by_time ON scans (house_id, started_at);

CREATE TABLE scan_protocols (
    -- How each search went, by protocol.
    scan_id     TEXT    NOT NULL REFERENCES scans (scan_id) ON DELETE CASCADE,
    protocol    TEXT    NOT NULL,
    status      TEXT    NOT NULL,              -- completed, failed, timed_out, unavailable or disabled
    found       INTEGER NOT NULL,              -- how many things the protocol saw
    duration_ms INTEGER NOT NULL,
    error       TEXT,                          -- what went wrong, for people
    PRIMARY KEY (scan_id, protocol)
) WITHOUT ROWID;

CREATE VIEW discovery_success AS
    -- How often each protocol could be searched, of all times that it was tried.
    SELECT protocol, count(*) AS attempts,
           sum(status = 'completed') AS successes,
           round(100.0 * sum(status = 'completed') / count(*), 1) AS success_percent
      FROM scan_protocols WHERE status IN ('completed', 'failed', 'timed_out')
     GROUP BY protocol;
