-- What happened to the security of the house: sign-ins, denials, changed rights, unlocked doors.

CREATE TABLE security_events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT, -- rises; the newest twenty thousand are kept
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    at       INTEGER NOT NULL,                  -- wall clock
    kind     TEXT    NOT NULL,                  -- signed_in, sign_in_failed, denied, ...
    severity TEXT    NOT NULL,                  -- info, warning or critical
    who      TEXT    NOT NULL,                  -- who it was, or the name that was tried; empty: nobody knows
    address  TEXT    NOT NULL,                  -- from where; empty: from nowhere
    detail   TEXT    NOT NULL,                  -- what and why
    cause_id TEXT                               -- the cause in the timeline, where it stands there
);
CREATE INDEX security_events_by_kind ON security_events (kind, event_id);
