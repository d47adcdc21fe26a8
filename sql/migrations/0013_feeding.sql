-- Whether images come as fast as they are learnt from.

PRAGMA user_version = 13;

ALTER TABLE attempt ADD COLUMN step_s REAL;  -- seconds of its training steps; NULL: not told
ALTER TABLE attempt ADD COLUMN stall_s REAL; -- seconds of these in which they waited for images
ALTER TABLE attempt ADD COLUMN read_s REAL;  -- CPU seconds in which images were read, all threads
