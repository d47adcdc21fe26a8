-- event_probe: the score of one way of classifying; returns nothing.
INSERT INTO probe_result (cell_id, tap, layer, kind, lr, weight_decay, split, images, top1, top5,
                          loss, chosen, k, trained)
VALUES (:cell_id, :tap, :layer, :kind, :lr, :weight_decay, :split, :images, :top1, :top5, :loss,
        :chosen, nullif(:k, 0), :trained)
ON CONFLICT (cell_id, tap, kind, split, ifnull(lr, -1), ifnull(weight_decay, -1), ifnull(k, -1))
DO UPDATE
SET layer = excluded.layer, images = excluded.images, top1 = excluded.top1, top5 = excluded.top5,
    loss = excluded.loss, chosen = excluded.chosen, trained = excluded.trained
