-- Which areas a device works for, besides the one in which it stands: those that a furnace heats.

ALTER TABLE devices ADD COLUMN serves TEXT;       -- area_ids, JSON; NULL: none that is told
