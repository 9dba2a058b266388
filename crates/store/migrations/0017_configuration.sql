-- What the house was set up as, at any time since this is kept.

CREATE TABLE configuration (
    -- A version of a part of the set-up with every change of it. Nothing is overwritten, nothing is too old.
    row      INTEGER PRIMARY KEY,              -- its number: rises with every version
    house_id INTEGER NOT NULL REFERENCES house (house_id),
    part     TEXT    NOT NULL,                 -- floor, area, person, device, constraint or setting; began: see part_id
    part_id  TEXT    NOT NULL,                 -- its id, slug or name; of `began`: empty, and `at` is when this began
    body     TEXT,                             -- as it was from then on, JSON; NULL: it is gone
    at       INTEGER NOT NULL,                 -- from when on (house time)
    cause_id TEXT    NOT NULL,                 -- this link of the chain of causes
    parent_id TEXT,                            -- the link before it
    who      TEXT    NOT NULL                  -- who caused it, JSON
);
CREATE INDEX configuration_by_part ON configuration (house_id, part, part_id, row);
CREATE INDEX configuration_by_time ON configuration (house_id, at);

-- A house that is older than this begins with what it is now; what it was before is not known.
INSERT INTO configuration (house_id, part, part_id, body, at, cause_id, parent_id, who)
SELECT h.house_id, p.part, p.part_id, p.body,
       coalesce(h.last_kept_at, CAST(unixepoch('now') AS INTEGER) * 1000000),
       '00000000-0000-0000-0000-000000000000', NULL, '{"kind":"house"}'
  FROM house h JOIN (
    SELECT house_id, 'began' AS part, '' AS part_id, NULL AS body FROM house
    UNION ALL
    SELECT house_id, 'floor', floor_id, json_object('level', level, 'name', name, 'slug', slug) FROM floors
    UNION ALL
    SELECT a.house_id, 'area', a.area_id, json_object('floor', a.floor_id, 'name', a.name, 'neighbours',
           (SELECT json_group_array(neighbour_id) FROM
             (SELECT neighbour_id FROM area_neighbours n WHERE n.area_id = a.area_id ORDER BY position)),
           'slug', a.slug) FROM areas a
    UNION ALL
    SELECT house_id, 'person', person_id, json_object('name', name, 'slug', slug) FROM people
    UNION ALL
    SELECT house_id, 'device', device_id, json_object('aliases', json(aliases), 'area', area_id,
           'capabilities', (SELECT json_group_array(json_extract(value, '$.capability')) FROM json_each(capabilities)),
           'driver', driver, 'kind', kind, 'manufacturer', manufacturer, 'model', model, 'name', name,
           'native_id', native_id, 'preferences', json(preferences), 'slug', slug)
      FROM devices WHERE removed_at IS NULL
    UNION ALL
    SELECT house_id, 'constraint', slug, body FROM constraints
    UNION ALL
    SELECT house_id, 'setting', name, body FROM household WHERE name IN ('house_name', 'personality', 'site')
  ) p ON p.house_id = h.house_id;
