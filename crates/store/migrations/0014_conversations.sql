-- Conversations with the house, and what was said in them.

CREATE TABLE conversations (
    conversation_id TEXT    PRIMARY KEY,
    house_id        INTEGER NOT NULL REFERENCES house (house_id),
    owner           TEXT    NOT NULL,          -- whose it is: operator, person:…, service:…
    title           TEXT    NOT NULL,          -- how it began
    began_at        INTEGER NOT NULL,          -- house time
    last_at         INTEGER NOT NULL,          -- house time
    turns           INTEGER NOT NULL           -- how many there are
);
CREATE INDEX conversations_by_owner ON conversations (house_id, owner, last_at);

CREATE TABLE turns (
    -- What was said, and the answer.
    conversation_id TEXT    NOT NULL REFERENCES conversations (conversation_id),
    place           INTEGER NOT NULL,          -- 1 is the first
    at              INTEGER NOT NULL,          -- when (house time)
    who             TEXT    NOT NULL,          -- who said it, JSON
    message         TEXT    NOT NULL,
    response        TEXT    NOT NULL,
    intent          TEXT    NOT NULL,          -- what was understood
    engine          TEXT    NOT NULL,          -- who understood it
    body            TEXT    NOT NULL,          -- what was done and offered, JSON
    PRIMARY KEY (conversation_id, place)
) WITHOUT ROWID;
