-- What the household chose about the house itself, and its interviews.

CREATE TABLE household (
    -- The house's name, how it talks, what it has begun to say.
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    name     TEXT    NOT NULL,
    body     TEXT    NOT NULL,                   -- JSON
    at       INTEGER NOT NULL,                   -- house time
    PRIMARY KEY (house_id, name)
) WITHOUT ROWID;

CREATE TABLE interviews (
    interview_id    TEXT    PRIMARY KEY,
    house_id        INTEGER NOT NULL REFERENCES house (house_id),
    conversation_id TEXT    NOT NULL,            -- where it is held
    owner           TEXT    NOT NULL,            -- whose it is: operator, person:…, service:…
    state           TEXT    NOT NULL,            -- open, paused or done
    began_at        INTEGER NOT NULL,            -- house time
    last_at         INTEGER NOT NULL,            -- house time
    body            TEXT    NOT NULL             -- how far it is, JSON
);
CREATE INDEX interviews_by_owner ON interviews (house_id, owner, last_at);
CREATE INDEX interviews_by_conversation ON interviews (house_id, conversation_id);
