//! What happened: recorder, statistics, retention, queries.
