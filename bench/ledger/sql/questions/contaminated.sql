-- contaminated: which training images are also test images.
SELECT * FROM contaminated
