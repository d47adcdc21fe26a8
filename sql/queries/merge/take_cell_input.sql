-- merge_take_cell_input: the checkpoint that was read of a cell from the other ledger; returns nothing.
INSERT INTO main.cell_input (
    cell_id, sha256)
SELECT
    :ours, sha256
FROM other.cell_input
WHERE cell_id = :theirs
