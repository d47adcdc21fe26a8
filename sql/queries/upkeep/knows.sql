-- upkeep_knows: 1 row: known, 1 where a folder of that :name is a run's.
SELECT EXISTS (SELECT 1 FROM cell WHERE hash >= :name AND hash < :name || 'g')
    OR EXISTS (SELECT 1 FROM attempt WHERE folder = :name) AS known
