-- Rare kinds of events are found without reading all the others.

CREATE INDEX events_by_kind ON events (kind, epoch, seq);
