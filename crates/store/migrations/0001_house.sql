-- The house and what belongs to it.
--
-- Times are whole microseconds since 1970-01-01 UTC, in house time unless a column says otherwise.
-- Ids are UUIDs as text. Columns that hold JSON say so. Comments stand inside the statements, so
-- that `.schema` shows them.

CREATE TABLE house (
    -- The house whose data this is. One row in an embedded database; the unit of ownership.
    house_id     INTEGER PRIMARY KEY,          -- short number that the other tables refer to
    uuid         TEXT    NOT NULL UNIQUE,      -- the id of the house
    epoch        INTEGER NOT NULL,             -- rises by one with every start; checked in every commit
    clean        INTEGER NOT NULL,             -- 1 when the last run ended by a clean shutdown
    created_at   INTEGER NOT NULL,             -- when this database was made (wall clock)
    last_kept_at INTEGER,                      -- house time of what was kept last
    statistics_until INTEGER                   -- hours and days before this are summed up; NULL: none yet
);

CREATE TABLE floors (
    -- The floors of the house.
    floor_id TEXT    PRIMARY KEY,
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    slug     TEXT    NOT NULL,                 -- readable unique name
    name     TEXT    NOT NULL,                 -- what people call it
    level    INTEGER NOT NULL                  -- 0 is the ground floor
);

CREATE TABLE areas (
    -- Rooms and outside areas.
    area_id  TEXT    PRIMARY KEY,
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    slug     TEXT    NOT NULL,                 -- readable unique name
    name     TEXT    NOT NULL,                 -- what people call it
    floor_id TEXT REFERENCES floors (floor_id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE area_neighbours (
    -- Doorways: one row in each direction.
    area_id      TEXT NOT NULL REFERENCES areas (area_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    neighbour_id TEXT NOT NULL REFERENCES areas (area_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    position     INTEGER NOT NULL,             -- keeps the order in which they were given
    PRIMARY KEY (area_id, neighbour_id)
);

CREATE TABLE people (
    -- The members of the household.
    person_id      TEXT    PRIMARY KEY,
    house_id       INTEGER NOT NULL REFERENCES house (house_id),
    slug           TEXT    NOT NULL,           -- readable unique name
    name           TEXT    NOT NULL,
    presence       TEXT    NOT NULL,           -- home, away or unknown
    presence_since INTEGER                     -- since when
);

CREATE TABLE devices (
    -- The devices of the house. A removed one stays as a name for its history until that is gone.
    device_id       TEXT    PRIMARY KEY,
    house_id        INTEGER NOT NULL REFERENCES house (house_id),
    slug            TEXT    NOT NULL,          -- readable unique name
    aliases         TEXT    NOT NULL,          -- other slugs and names that mean it, JSON
    driver          TEXT    NOT NULL,          -- who speaks to it
    native_id       TEXT    NOT NULL,          -- what the driver calls it
    via             TEXT,                      -- native id of the device through which it is reached
    area_id         TEXT REFERENCES areas (area_id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    name            TEXT    NOT NULL,          -- what people call it
    named_by_person INTEGER NOT NULL,          -- 1 when a person gave it that name
    kind            TEXT    NOT NULL,          -- light, switch, thermostat, ...
    manufacturer    TEXT,
    model           TEXT,
    capabilities    TEXT    NOT NULL,          -- what it can do, JSON
    manual          TEXT,                      -- what a person typed in to add it, JSON
    first_seen      INTEGER NOT NULL,
    last_seen       INTEGER,                   -- when it was last heard of
    removed_at      INTEGER                    -- when it was removed (wall clock); NULL while it is ours
);
CREATE INDEX devices_by_key ON devices (driver, native_id);

CREATE TABLE discoveries (
    -- The inbox: things that were found and are not ours.
    discovery_id TEXT    PRIMARY KEY,
    house_id     INTEGER NOT NULL REFERENCES house (house_id),
    driver       TEXT    NOT NULL,             -- who found it
    native_id    TEXT    NOT NULL,             -- what the driver calls it
    announcement TEXT    NOT NULL,             -- what it says of itself, JSON
    state        TEXT    NOT NULL,             -- new or ignored
    first_seen   INTEGER NOT NULL,
    last_seen    INTEGER NOT NULL
);
