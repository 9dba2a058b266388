-- Safety constraints that are not as they came with the house.

CREATE TABLE constraints (
    -- What the household changed or added. One that comes with the house and was never edited has no row.
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    slug     TEXT    NOT NULL,                 -- readable unique name
    enabled  INTEGER NOT NULL,                 -- 1: it is judged
    body     TEXT    NOT NULL,                 -- all of it, JSON
    PRIMARY KEY (house_id, slug)
) WITHOUT ROWID;
