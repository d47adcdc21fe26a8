-- event_resume: where an attempt starts from; returns nothing.
UPDATE attempt SET step_resumed = :step WHERE attempt_id = :attempt_id
