//! What speaks to devices: the driver trait, its supervisor, and one folder a protocol.
