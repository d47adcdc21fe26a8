-- What a point's commit and the views' answers spend their time on.
--
-- A CHECK with a list builds a table of it for each row: half of the time of an insert. STRICT
-- tables cannot change a CHECK: point is made again and takes its old rows.

PRAGMA user_version = 6;

CREATE TABLE point_new (
    series_id INTEGER NOT NULL REFERENCES series,
    step      INTEGER NOT NULL,
    kind      INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3), -- 0 finite, 1 nan, 2 inf, 3 -inf
    value     REAL CHECK ((kind = 0) = (value IS NOT NULL)), -- NULL where it is not finite
    PRIMARY KEY (series_id, step)
) STRICT, WITHOUT ROWID;

INSERT INTO point_new (series_id, step, kind, value)
SELECT series_id, step, kind, value FROM point;

DROP TABLE point;
ALTER TABLE point_new RENAME TO point;
