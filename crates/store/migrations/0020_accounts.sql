-- Who may sign in, and what they hold. Times here are of the wall clock: a session does not live in house time.

CREATE TABLE accounts (
    -- People, panels and operators who sign in.
    account_id  TEXT    PRIMARY KEY,
    house_id    INTEGER NOT NULL REFERENCES house (house_id),
    name        TEXT    NOT NULL COLLATE NOCASE, -- what one signs in with
    role        TEXT    NOT NULL,              -- owner, member, child, guest, panel or operator
    person_id   TEXT,                          -- the member of the household that it is
    password    TEXT    NOT NULL,              -- argon2id, as a PHC string
    until_at    INTEGER,                       -- a guest's last moment (wall clock); NULL: no end
    areas       TEXT,                          -- only in these areas, JSON; NULL: in the whole house
    second      TEXT,                          -- the second factor, JSON; NULL: none
    made_at     INTEGER NOT NULL,              -- wall clock
    password_at INTEGER NOT NULL,              -- when the password was set (wall clock)
    UNIQUE (house_id, name)
);

CREATE TABLE sessions (
    -- Who is signed in: browsers by cookie, programs by tokens that are refreshed.
    session_id TEXT    PRIMARY KEY,
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    account_id TEXT    NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,               -- browser or program
    hash       TEXT    NOT NULL,               -- keyed hash of the cookie; empty for programs
    generation INTEGER NOT NULL,               -- how often the tokens of a program were refreshed
    key        TEXT    NOT NULL,               -- fingerprint of the key that signs it
    address    TEXT    NOT NULL,               -- from where it was last used
    agent      TEXT    NOT NULL,               -- what the client calls itself
    began_at   INTEGER NOT NULL,               -- wall clock
    last_at    INTEGER NOT NULL,               -- when it was last used (wall clock)
    until_at   INTEGER NOT NULL                -- wall clock
);
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE tokens (
    -- Long-lived tokens of programs; of the token itself only a hash is kept.
    token_id     TEXT    PRIMARY KEY,
    house_id     INTEGER NOT NULL REFERENCES house (house_id),
    account_id   TEXT REFERENCES accounts (account_id) ON DELETE CASCADE, -- whose it is; NULL: the operator's
    name         TEXT    NOT NULL COLLATE NOCASE,
    hash         TEXT    NOT NULL UNIQUE,      -- SHA-256, in hexadecimal
    scopes       TEXT    NOT NULL,             -- what it may do, JSON
    made_at      INTEGER NOT NULL,             -- wall clock
    until_at     INTEGER,                      -- wall clock; NULL: no end
    last_used_at INTEGER,                      -- wall clock, to the minute; NULL: never
    UNIQUE (house_id, name)
);
CREATE INDEX tokens_by_account ON tokens (account_id);
