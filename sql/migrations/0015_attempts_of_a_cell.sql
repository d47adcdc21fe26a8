-- What runs and ls tell of all of a cell's attempts is read from an index: an attempt's own row is
-- long, and these columns stand behind what the engine told of itself.

PRAGMA user_version = 15;

CREATE INDEX attempt_of_cell ON attempt (cell_id, ordinal, state, wall_s, cpu_s, rss_peak);
