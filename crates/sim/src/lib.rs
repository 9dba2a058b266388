//! A house that behaves: physics, people, weather, faults; it speaks MQTT and has a page of its own.
