-- A place that the household forgot is not kept as history either.

DELETE FROM configuration
 WHERE part = 'setting' AND part_id = 'site' AND body IS NOT NULL
   AND EXISTS (SELECT 1 FROM configuration gone
                WHERE gone.house_id = configuration.house_id AND gone.part = 'setting' AND gone.part_id = 'site'
                  AND gone.body IS NULL AND gone.row > configuration.row);
