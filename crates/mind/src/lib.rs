//! How the house is, and why: feelings computed from named factors, concerns with evidence, memory.
