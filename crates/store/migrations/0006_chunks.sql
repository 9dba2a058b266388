-- Samples that are older than some minutes stand together in chunks, a few bytes each or less.

CREATE TABLE chunks (
    -- Samples of one device, compressed: docs/reference/database.md says how. The stretches of a
    -- device's chunks do not overlap. `consciousness history export` writes them out.
    chunk_id   INTEGER PRIMARY KEY,
    device_no  INTEGER NOT NULL,               -- the device, as the smallest property_id that it has;
                                               -- negative: put aside, because it does not read back
    first_ts   INTEGER NOT NULL,               -- of its first sample, house time
    last_ts    INTEGER NOT NULL,               -- of its last
    count      INTEGER NOT NULL,               -- how many samples
    codec      INTEGER NOT NULL,               -- which version of the format
    checksum   INTEGER NOT NULL,               -- CRC-32 over all the other columns but chunk_id
    times      BLOB    NOT NULL,               -- when
    readings   BLOB    NOT NULL                -- of which property, and what
);
CREATE INDEX chunks_by_device ON chunks (device_no, first_ts);

CREATE TABLE chunk_properties (
    -- Which properties have samples in which chunk.
    property_id INTEGER NOT NULL,
    first_ts    INTEGER NOT NULL,              -- of its first sample in there
    chunk_id    INTEGER NOT NULL,
    PRIMARY KEY (property_id, first_ts)
) WITHOUT ROWID;

DROP VIEW recent_samples;
CREATE VIEW recent_samples AS
    -- The samples that are not in chunks yet, for people: the last ten minutes at least.
    SELECT coalesce(d.slug, p.device_id) AS device, p.path AS property,
           datetime(s.ts / 1000000, 'unixepoch', 'localtime') AS local_time,
           coalesce(s.text, s.number) AS value, s.ts
      FROM properties p
      JOIN samples s ON s.property_id = p.property_id
      LEFT JOIN devices d ON d.device_id = p.device_id;
