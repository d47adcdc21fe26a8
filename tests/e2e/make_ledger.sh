#!/bin/sh
# make_ledger.sh FILE - a ledger of invented runs, for tests of pages and queries. No number in it
# was measured: losses follow a power law with a wobble, accuracies follow the losses.
#
# 3 widths x 2 budgets, each probed, with an untrained trunk of each width and pixels as controls;
# one more run left the finite numbers, so its probe is blocked, one never started; the last trunk is
# probed in a second way, which has no control. Names are hostile on purpose.
# VARIANT=empty makes a ledger without rows, VARIANT=one a single finished pre-training run,
# VARIANT=many 500 of them, of 10 widths, 5 budgets and 10 seeds, each probed.
set -eu
file=${1:?usage: make_ledger.sh FILE}
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
rm -f -- "$file" "$file-wal" "$file-shm"

rows() {
    cat <<'SQL'
CREATE TEMP TABLE wish (id INTEGER PRIMARY KEY, task, width, depth, steps, lr, trunk, state,
    seed NOT NULL DEFAULT 0);
INSERT INTO wish (task, width, depth, steps, lr, trunk, state)
    SELECT 'pretrain', w.value, 4, s.value, 0.001, NULL, 'done'
      FROM json_each('[32, 64, 128]') w, json_each('[400, 1600]') s;
INSERT INTO wish (task, width, depth, steps, lr, trunk, state)
    VALUES ('pretrain', 64, 4, 1600, 0.1, NULL, 'diverged'),
           ('pretrain', 256, 4, 1600, 0.001, NULL, 'queued');
INSERT INTO wish (task, width, depth, trunk, state)
    SELECT 'probe', width, depth, printf('%d', id), 'done' FROM wish WHERE id <= 6;
INSERT INTO wish (task, width, depth, trunk, state)
    SELECT 'probe', value, 4, 'untrained', 'done' FROM json_each('[32, 64, 128]');
INSERT INTO wish (task, width, depth, trunk, state)
    VALUES ('probe', 64, 4, 'pixels', 'done'), ('probe', 64, 4, '7', 'queued'),
           ('probe', 128, 4, '6', 'done');
DELETE FROM wish WHERE :'variant' IN ('empty', 'many') OR (:'variant' = 'one' AND id <> 1);
INSERT INTO wish (task, width, depth, steps, lr, state, seed)
    SELECT 'pretrain', 32 * w.value, 4, s.value, 0.001, 'done', seed.value
      FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]') w,
           json_each('[400, 800, 1200, 1600, 2000]') s,
           json_each('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]') seed
     WHERE :'variant' = 'many';
INSERT INTO wish (task, width, depth, trunk, state, seed)
    SELECT 'probe', width, depth, printf('%d', id), 'done', seed FROM wish
     WHERE :'variant' = 'many';

INSERT INTO sweep VALUES (1, 'demo', 'configs/sweep/demo.yaml', printf('%064d', 1), 'sweep: demo',
    'Does the loss fall with compute, and does a probe see it? <script>alert("x")</script>',
    'Loss falls as a power of compute; the best layer is not the last.',
    'If the larger budget does not lower the loss at every width, stop & look.', 1700000000000000,
    1700000000000000);
INSERT INTO cell (cell_id, hash, task, seed, config, parent_cell_id, created_at)
    SELECT id, printf('%016x%048x', ((id % 128) * 0x9E3779B97F4A7C & 0x7FFFFFFFFFFFFFFF) + (id / 128 << 20), id), task, seed, '',
           CASE WHEN task = 'probe' AND trunk GLOB '[0-9]*' THEN CAST(trunk AS INTEGER) END,
           1700000000000000
      FROM wish;
INSERT INTO cell_key
    SELECT id, key, value
      FROM (SELECT id, 'task' AS key, task AS value FROM wish
            UNION ALL SELECT id, 'seed', seed FROM wish
            UNION ALL SELECT id, 'data.name', 'invented|`data`' FROM wish
            UNION ALL SELECT id, 'data.sha256', printf('%064x', 7) FROM wish
            UNION ALL SELECT id, 'model.width', width FROM wish
            UNION ALL SELECT id, 'model.depth', depth FROM wish
            UNION ALL SELECT id, 'model.heads', '2' FROM wish
            UNION ALL SELECT id, 'model.patch_px', '4' FROM wish
            UNION ALL SELECT id, 'optim.steps', steps FROM wish
            UNION ALL SELECT id, 'optim.lr_peak', lr FROM wish
            UNION ALL SELECT id, 'optim.batch_images', '64' FROM wish
            UNION ALL SELECT id, 'probe.trunk', trunk FROM wish
            UNION ALL SELECT id, 'probe.epochs', iif(id = 20, 8, 2) FROM wish WHERE task = 'probe')
     WHERE value IS NOT NULL;
UPDATE cell SET config = (SELECT group_concat(key || ': ' || value || char(10), '')
    FROM (SELECT key, value FROM cell_key k WHERE k.cell_id = cell.cell_id ORDER BY key));
INSERT INTO sweep_cell SELECT 1, id, id - 1 FROM wish;
INSERT INTO paper_claim
    SELECT 1, 0, 'An Invented Paper, table 1', '{"model.width": "32"}', '{"model.width": "64"}',
           'attentive', 77.4, 78.1, 0
     UNION ALL SELECT 1, 1, 'An Invented Paper, table 1', '{"model.width": "64"}',
           '{"model.width": "512"}', 'linear', 70, 69, 1;
INSERT INTO sweep_var SELECT 1, id, 'budget_flops', 1e9 * steps FROM wish WHERE task = 'pretrain';
INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started, launcher_pid,
        started_at, heartbeat_at, ended_at, exit_code, reason, step_resumed, workers, engine,
        git_commit, git_dirty, build, cpu, isa, blas, blas_kernel, wall_s, cpu_s, rss_peak,
        step_s, stall_s, read_s, folder)
    SELECT id, 1, state, 'host', 'boot', 1, 1, 1, 1700000000000000, 1700000060000000,
           1700000060000000, state = 'diverged',
           CASE state WHEN 'diverged' THEN 'loss is nan at step 301 | <b>stop</b>' END,
           0, 2, '0.1.0', '0123456789abcdef0123456789abcdef01234567', 0, 'cc', 'An Invented CPU',
           'avx2', 'OpenBLAS 0', 'Haswell', 12.5 + id, 24.0 + id, 200000000 + 1000000 * id,
           iif(task = 'pretrain', 10.0 + id, NULL), iif(task = 'pretrain', 0.01 * id, NULL),
           iif(task = 'pretrain', 1.5, NULL),
           'runs/' || id
      FROM wish WHERE state <> 'queued';
INSERT INTO cell_cost
    SELECT id, 12 * depth * width * width, 12 * depth * width * width + 9 * 64 * 64, 49,
           2 * 49 * 12 * depth * width * width, 6 * 49 * 64 * 12 * depth * width * width,
           6 * 49 * 64 * 12 * depth * width * width * steps, steps, steps * 64, steps * 64 * 49
      FROM wish WHERE task = 'pretrain';
INSERT INTO artifact SELECT id, 'checkpoint', steps, 1, printf('%064x', id), 'c', id, 1
    FROM wish WHERE task = 'pretrain' AND state = 'done';
INSERT INTO cell_input SELECT cell_id, printf('%064x', parent_cell_id) FROM cell
    WHERE parent_cell_id IS NOT NULL;

INSERT INTO series (cell_id, split, metric)
    SELECT w.id, value ->> 0, value ->> 1
      FROM wish w,
           json_each('[["train", "loss"], ["val", "loss_causal"], ["val", "loss_prefix"]]')
     WHERE task = 'pretrain' AND state <> 'queued';
INSERT INTO point
    WITH RECURSIVE step(n) AS (SELECT 10 UNION ALL SELECT n + 10 FROM step WHERE n < 2000)
    SELECT series_id, n,
           CASE WHEN state = 'diverged' AND n > 300 THEN 1 ELSE 0 END,
           CASE WHEN state = 'diverged' AND n > 300 THEN NULL
                ELSE (0.42 + 0.35 * pow(n, -0.35)) * pow(width / 32.0, -0.045)
                     + 0.006 * sin(n * (1 + id)) * (split = 'train')
                     + 0.01 * (metric = 'loss_prefix')
           END
      FROM series JOIN wish ON id = cell_id JOIN step ON n <= steps
     WHERE split = 'train' OR n % 200 = 0 OR n = steps;
INSERT INTO series (cell_id, split, metric)
    SELECT w.id, 'val', printf('loss_chunk.%02d', c.value)
      FROM wish w, json_each('[0, 1, 2, 3]') c
     WHERE task = 'pretrain' AND state = 'done' AND :'variant' <> 'many';
INSERT INTO point
    SELECT series_id, steps, 0, 0.4 - 0.02 * substr(metric, 12) + 0.001 * id
      FROM series JOIN wish ON id = cell_id WHERE metric GLOB 'loss_chunk.*';

INSERT INTO probe_result
    WITH tap(layer, name) AS (
        VALUES (0, 'block.0'), (1, 'block.1'), (2, 'block.2'), (3, 'block.3'), (-1, 'mean_last.4')
    ), head AS (
        SELECT w.id, kind.value AS kind, lr.value AS lr, split.value AS split,
               CASE w.trunk WHEN 'pixels' THEN 'pixels' ELSE tap.name END AS tap, tap.layer,
               CASE w.trunk WHEN 'pixels' THEN 0.80
                    WHEN 'untrained' THEN 0.70 + 0.01 * (kind.value = 'attentive') - 0.01 * layer
                    ELSE 0.74 + 0.02 * layer - 0.008 * layer * layer
                         + 0.04 * (kind.value = 'attentive') + 0.03 * log(w.width / 32.0)
                         + 0.02 * (w.trunk % 2 = 0)
               END - 0.004 * (lr.value <> 0.001) AS top1
          FROM wish w, tap, json_each('["linear", "attentive"]') kind,
               json_each('[0.0003, 0.001, 0.003]') lr, json_each('["val", "test"]') split
         WHERE w.task = 'probe' AND w.state = 'done'
           AND (w.trunk <> 'pixels' OR (tap.layer = -1 AND kind.value = 'linear'))
    )
    SELECT id, tap, layer, kind, lr, 0.05, split, CASE split WHEN 'val' THEN 5000 ELSE 10000 END,
           round(top1 - 0.005 * (split = 'test'), 4), min(1, round(top1 + 0.15, 4)), 1 - top1,
           lr = 0.001, NULL, 650
      FROM head WHERE split = 'val' OR lr = 0.001;

INSERT INTO fit
    SELECT 1, printf('%032x', 77), 1700000100000000, 'power', 'y = A x^b', 'SELECT 1', '0', '{}', 6,
           1, 0.001, 25, 25, 25, 12.5, 0.01, -20, -18, 0.95, 2000, 6
      FROM wish WHERE id = 3;
INSERT INTO fit_parameter
    SELECT 1, 0, 'A', 2.5, 0.1, 2.3, 2.7, 0, 0 FROM fit
     UNION ALL SELECT 1, 1, 'b', -0.05, 0.01, -0.07, -0.03, 0, 0 FROM fit;
INSERT INTO fit_basin SELECT 1, 0, 0.001, 25, '{"A":2.5,"b":-0.05}' FROM fit;
INSERT INTO fit_row SELECT 1, 0, 'a|`run`', '{"x":1e12}', 0.5, 0.51, -0.01, NULL FROM fit;
INSERT INTO fit_check SELECT 1, 'compute_range', 'failed', 'runs span 0.9 <decades>' FROM fit;
INSERT INTO cell_source
    SELECT cell_id, source.key, source.value ->> 0, printf('%064x', 8 + source.key),
           source.value ->> 1, source.value ->> 2, source.value ->> 3
      FROM cell, json_each('[["web", 0.8, 50000, 20480], ["birds", 0.2, 4400, 5120]]') source
     WHERE cell_id = 1 AND :'variant' = 'whole';
INSERT INTO curation
    SELECT 1, printf('%064x', 9), 'web', printf('%064x', 8), '/fetched', '{"keep":0.15}', 2, 40, 0,
           1700000000000000
      FROM cell WHERE cell_id = 1 AND :'variant' = 'whole';
INSERT INTO curation_step
    SELECT 1, step.key, step.value ->> 0, 'as it should be', step.value ->> 1, '', step.value ->> 2,
           step.value ->> 3
      FROM curation, json_each('[["read", 1, 1000, 990], ["verify", 1, 990, 980],
           ["decode", 1, 980, 950], ["unsafe", 1, 950, 900], ["blur", 1, 900, 900],
           ["exact", 1, 900, 850], ["near", 1, 850, 800], ["test", 1, 800, 790],
           ["rank", 1, 790, 119]]') step;
INSERT INTO curation_reason
    SELECT 1, 0, 'decode', 'damaged <JPEG> | `cut`', 1, 30 FROM curation
     UNION ALL SELECT 1, 1, 'blur', 'with faces', 0, 40 FROM curation
     UNION ALL SELECT 1, 2, 'rank', 'below the share that is kept', 1, 671 FROM curation;
INSERT INTO curation_test SELECT 1, 0, 'birds', printf('%064x', 9), 1000, 10 FROM curation;
INSERT INTO contamination SELECT 1, 0, '000000001 <b>', 0, 17, 4, 0.98 FROM curation;
INSERT INTO curation_thumb
    SELECT 1, 0, 'rank', '000000002 "x"',
           '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////' ||
           '////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//E' ||
           'ABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z'
      FROM curation;
INSERT INTO prediction
    SELECT cell_id, printf('%032x', 76 + cell_id), 1, 1700000000000000 + cell_id - 4, 'demo', hash,
           iif(cell_id = 3, 'score', 'fit'), '{"x":1e12}', 0.5, 0.45, 0.55, 0.4, 0.6, 0.05, 0.95
      FROM fit JOIN cell ON cell_id IN (3, 4, 8);
SQL
}

{
    echo "PRAGMA journal_mode = WAL;"
    echo "BEGIN;"
    cat "$root"/sql/migrations/*.sql
    for view in "$root"/sql/views/*.sql; do
        cat "$view"
        echo ";"
    done
    rows | sed "s/:'variant'/'${VARIANT:-whole}'/g"
    sed '/:attempt_id/d' "$root/sql/queries/series/summarise.sql" # of all cells
    echo ";"
    echo "COMMIT;"
} | sqlite3 -bail "$file" > /dev/null
