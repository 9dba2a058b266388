-- What the house tells people beyond its page.

CREATE TABLE messages (
    -- A message by one way out, and what became of it.
    house_id   INTEGER NOT NULL REFERENCES house (house_id),
    message_id TEXT    NOT NULL,               -- the same by every way and at every try, so that a receiver can tell a repeat
    channel    TEXT    NOT NULL,               -- webhook, push, email or mqtt
    run_id     TEXT    NOT NULL,               -- the run that says it
    state      TEXT    NOT NULL,               -- waiting, sent, gave_up or dropped
    attempts   INTEGER NOT NULL,               -- how often it was tried
    note       TEXT    NOT NULL,               -- what there is to say about that, for people
    at         INTEGER NOT NULL,               -- when it was said (house time)
    body       TEXT    NOT NULL,               -- its heading, text and urgency, JSON
    PRIMARY KEY (house_id, message_id, channel)
) WITHOUT ROWID;
CREATE INDEX messages_waiting ON messages (house_id) WHERE state = 'waiting';
CREATE INDEX messages_by_run ON messages (run_id);
