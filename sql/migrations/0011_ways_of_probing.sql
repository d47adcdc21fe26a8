-- Ways of classifying besides heads on a frozen trunk: nearest neighbours, which have no rate, and
-- trunks that learn, whole or by low-rank changes. What was learnt is counted.

PRAGMA user_version = 11;

ALTER TABLE probe_result RENAME TO probe_result_before;

CREATE TABLE probe_result (
    cell_id      INTEGER NOT NULL REFERENCES cell,
    tap          TEXT NOT NULL,          -- block.3, mean_last.6, pixels
    layer        INTEGER NOT NULL,       -- block's index, -1 for the other taps
    -- linear, attentive: a head on a frozen trunk; knn: nearest neighbours; lora, finetune: an
    -- attentive head that learnt together with the trunk
    kind         TEXT NOT NULL CHECK (kind IN ('linear', 'attentive', 'knn', 'lora', 'finetune')),
    lr           REAL CHECK ((lr IS NULL) = (kind = 'knn')), -- lora, finetune: the trunk's
    weight_decay REAL CHECK ((weight_decay IS NULL) = (kind = 'knn')),
    split        TEXT NOT NULL CHECK (split IN ('val', 'test')),
    images       INTEGER NOT NULL,       -- scored
    top1         REAL NOT NULL,          -- fraction
    top5         REAL NOT NULL,          -- fraction
    loss         REAL,                   -- nats; NULL where it is not finite
    chosen       INTEGER NOT NULL CHECK (chosen IN (0, 1)), -- best val top1 of its (tap, kind)
    k            INTEGER CHECK ((k IS NULL) = (kind <> 'knn')), -- neighbours
    trained      INTEGER                 -- parameters that its training changed; NULL: not told
) STRICT;

-- The key: rates and k are there by turns.
CREATE UNIQUE INDEX probe_result_of_cell ON probe_result
    (cell_id, tap, kind, split, ifnull(lr, -1), ifnull(weight_decay, -1), ifnull(k, -1));

INSERT INTO probe_result (cell_id, tap, layer, kind, lr, weight_decay, split, images, top1, top5,
                          loss, chosen)
SELECT cell_id, tap, layer, kind, lr, weight_decay, split, images, top1, top5, loss, chosen
  FROM probe_result_before;

DROP TABLE probe_result_before;
