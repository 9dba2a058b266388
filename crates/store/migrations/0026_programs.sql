-- Programs to which people give access (OAuth), and what their sessions may do.

CREATE TABLE programs (
    -- Programs that registered themselves to ask people for access.
    program_id TEXT    PRIMARY KEY,            -- the client_id
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    name       TEXT    NOT NULL,               -- what it calls itself
    redirects  TEXT    NOT NULL,               -- where people may be sent back to, JSON
    made_at    INTEGER NOT NULL,               -- wall clock
    granted_at INTEGER,                        -- when somebody last gave it access (wall clock); NULL: never
    UNIQUE (house_id, name)
);

ALTER TABLE sessions ADD COLUMN
    program_id TEXT REFERENCES programs (program_id) ON DELETE CASCADE; -- whose the session is; NULL: the person's own
ALTER TABLE sessions ADD COLUMN
    scopes     TEXT;                           -- what the program may do, JSON; NULL: what the person may
ALTER TABLE sessions ADD COLUMN
    resource   TEXT;                           -- only below this path; NULL: everywhere
CREATE INDEX sessions_by_program ON sessions (program_id);
