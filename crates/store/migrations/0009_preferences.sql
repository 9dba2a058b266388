-- How devices want to be treated by what runs by itself; scenes; the secrets of webhooks.

ALTER TABLE devices ADD COLUMN preferences TEXT;  -- JSON; NULL: as they come

CREATE TABLE scenes (
    -- Named sets of values to bring back.
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    slug     TEXT    NOT NULL,                 -- readable unique name
    body     TEXT    NOT NULL,                 -- its name and what it sets, JSON
    at       INTEGER NOT NULL,                 -- when it was written (house time)
    who      TEXT    NOT NULL,                 -- who wrote it, JSON
    PRIMARY KEY (house_id, slug)
) WITHOUT ROWID;

CREATE TABLE webhooks (
    -- What outside programs may call. Only a hash of the secret is kept.
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    name     TEXT    NOT NULL,
    hash     TEXT    NOT NULL,                 -- SHA-256 of the secret, in hexadecimal
    at       INTEGER NOT NULL,                 -- when the secret was made (house time)
    who      TEXT    NOT NULL,                 -- who made it, JSON
    PRIMARY KEY (house_id, name)
) WITHOUT ROWID;
