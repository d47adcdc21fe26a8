-- merge_take_probe_result: the probe results of a cell from the other ledger; returns nothing.
INSERT INTO main.probe_result (
    cell_id, tap, layer, kind, lr, weight_decay, split, images, top1, top5, loss, chosen, k, trained)
SELECT
    :ours, tap, layer, kind, lr, weight_decay, split, images, top1, top5, loss, chosen, k, trained
FROM other.probe_result
WHERE cell_id = :theirs
