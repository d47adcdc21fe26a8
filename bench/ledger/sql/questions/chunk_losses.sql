-- chunk_losses: the mean loss of each chunk of the sequence.
SELECT chunk, avg(loss) AS mean, count(*) AS runs FROM chunk_losses GROUP BY chunk
