-- merge_take_cell_source: the sources of a cell's mix from the other ledger; returns nothing.
INSERT INTO main.cell_source (
    cell_id, ordinal, name, sha256, weight, images, drawn)
SELECT
    :ours, ordinal, name, sha256, weight, images, drawn
FROM other.cell_source
WHERE cell_id = :theirs
