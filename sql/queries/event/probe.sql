-- event_probe: the score of one probe head; returns nothing.
INSERT INTO probe_result (cell_id, tap, layer, kind, lr, weight_decay, split, images, top1, top5,
                          loss, chosen)
VALUES (:cell_id, :tap, :layer, :kind, :lr, :weight_decay, :split, :images, :top1, :top5, :loss,
        :chosen)
ON CONFLICT (cell_id, tap, kind, lr, weight_decay, split) DO UPDATE
SET layer = excluded.layer, images = excluded.images, top1 = excluded.top1, top5 = excluded.top5,
    loss = excluded.loss, chosen = excluded.chosen
