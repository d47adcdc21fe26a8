-- merge_take_cell_data: the data sets of a cell from the other ledger; returns nothing.
INSERT INTO main.cell_data (
    cell_id, role, name, sha256, images, classes)
SELECT
    :ours, role, name, sha256, images, classes
FROM other.cell_data
WHERE cell_id = :theirs
