-- mix_epochs: how often each run sees each source of its mix.
SELECT * FROM mix_epochs
