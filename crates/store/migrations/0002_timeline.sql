-- What was wished, what happened, and by which cause.

CREATE TABLE wishes (
    -- What somebody wanted of a device, and how that ended.
    wish_id    TEXT    PRIMARY KEY,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    request_id TEXT    NOT NULL,               -- the request that it came with
    device_id  TEXT    NOT NULL,
    endpoint   INTEGER NOT NULL,               -- 1 is the device's main one
    capability TEXT    NOT NULL,
    command    TEXT    NOT NULL,
    goal       TEXT    NOT NULL,               -- what is wanted, JSON
    state      TEXT    NOT NULL,               -- pending, reached, superseded, rejected or timed_out
    note       TEXT,                           -- what there is to say about that
    cause_id   TEXT    NOT NULL,               -- this link of the chain of causes
    parent_id  TEXT,                           -- the link before it
    who        TEXT    NOT NULL,               -- who wanted it, JSON
    made_at    INTEGER NOT NULL,
    ended_at   INTEGER
);
CREATE INDEX wishes_pending ON wishes (house_id, made_at) WHERE state = 'pending';
CREATE INDEX wishes_by_device ON wishes (device_id, made_at);
CREATE INDEX wishes_by_end ON wishes (ended_at);

CREATE TABLE outcomes (
    -- Outcomes of requests to which the client gave an id, so that a repeat gets the same one.
    house_id  INTEGER NOT NULL REFERENCES house (house_id),
    client_id TEXT    NOT NULL,                -- the client's id, made unique by who asked
    outcome   TEXT    NOT NULL,                -- what it was told, JSON
    at        INTEGER NOT NULL,
    kept_at   INTEGER NOT NULL,                -- wall clock; kept for a day
    PRIMARY KEY (house_id, client_id)
);

CREATE TABLE events (
    -- The timeline. Plain measurements are not here but in samples.
    house_id  INTEGER NOT NULL REFERENCES house (house_id),
    epoch     INTEGER NOT NULL,                -- which start of the house
    seq       INTEGER NOT NULL,                -- rises by one within the epoch
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,                -- property_changed, wish_made, device_added, ...
    device_id TEXT,                            -- the device that it is about
    area_id   TEXT,                            -- where that device stood then
    path      TEXT,                            -- the property that it is about
    cause_id  TEXT    NOT NULL,                -- this link of the chain of causes
    parent_id TEXT,                            -- the link before it
    who       TEXT    NOT NULL,                -- who caused it, JSON
    body      TEXT    NOT NULL,                -- all there is to say, JSON
    PRIMARY KEY (house_id, epoch, seq)
);
CREATE INDEX events_by_device ON events (device_id, epoch, seq);
CREATE INDEX events_by_area ON events (area_id, epoch, seq);
CREATE INDEX events_by_cause ON events (cause_id);
CREATE INDEX events_by_time ON events (at);

CREATE VIEW timeline AS
    -- The timeline for people: newest first, local time, slugs.
    SELECT datetime(e.at / 1000000, 'unixepoch', 'localtime') AS local_time,
           e.kind,
           coalesce(d.slug, e.device_id) AS device,
           e.path AS property,
           coalesce(json_extract(e.who, '$.name'), json_extract(e.who, '$.kind')) AS who,
           e.body
      FROM events e LEFT JOIN devices d ON d.device_id = e.device_id
     ORDER BY e.epoch DESC, e.seq DESC;
