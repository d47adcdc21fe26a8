-- integrity: what SQLite finds wrong with the file itself: problem.
SELECT integrity_check AS problem FROM pragma_integrity_check WHERE integrity_check <> 'ok'
