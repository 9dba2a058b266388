-- What the server needed, day by day.

CREATE TABLE capacity_days (
    -- How much the server needed on a day: what growth is reckoned from.
    house_id           INTEGER NOT NULL REFERENCES house (house_id),
    day                INTEGER NOT NULL,       -- days since 1970-01-01 UTC, by the wall clock
    database_bytes     INTEGER NOT NULL,       -- at the last look of the day
    devices            INTEGER NOT NULL,       -- at the last look of the day
    memory_bytes       INTEGER,                -- the most of the day; NULL: not known on this system
    memory_limit_bytes INTEGER,                -- at the last look of the day
    disk_free_bytes    INTEGER,                -- at the last look of the day
    disk_size_bytes    INTEGER,                -- at the last look of the day
    looks              INTEGER NOT NULL,       -- how often the memory was looked at
    looks_full         INTEGER NOT NULL,       -- how often more than 80 % of it was used
    requests           INTEGER NOT NULL,       -- requests served
    requests_slow      INTEGER NOT NULL,       -- those that took longer than 2 s
    queries            INTEGER NOT NULL,       -- queries of the database
    queries_slow       INTEGER NOT NULL,       -- those that took longer than 100 ms
    scans              INTEGER NOT NULL,       -- searches for devices, counted once a protocol
    scans_slow         INTEGER NOT NULL,       -- those that took longer than 30 s
    PRIMARY KEY (house_id, day)
) WITHOUT ROWID;
