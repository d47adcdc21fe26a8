-- arms: the runs that tell what one key does.
SELECT * FROM arms WHERE key = 'model.width'
