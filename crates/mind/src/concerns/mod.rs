//! What deserves a person: detectors, and the list of concerns.
