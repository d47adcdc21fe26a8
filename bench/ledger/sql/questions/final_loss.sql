-- final_loss: of every run.
SELECT * FROM final_loss
