/* train/imagining.h - what a trained model makes of held-out images, as a picture.
 *
 * A row for each image, in columns: the image; what the model is given of it, the rest grey; its
 * predictions, each from the true patches before it; its continuation, each from its own
 * predictions before; the error of the predictions, |prediction - image|, twice as bright.
 * Objectives without an order have no continuation. Normalised predictions take mean and variance
 * of the true patch, as the model does not tell them.
 */
#ifndef VT_IMAGINING_H
#define VT_IMAGINING_H
#include "train/session.h"

#define VT_IMAGINE_FILE "imagine.png"

/* request->out is the folder of a run with config.yaml and checkpoint; the picture comes to lie
 * beside them, and an artifact line tells of it. images: rows; the first of the held-out ones. */
VT_CHECKED vt_status vt_imagining(const vt_request *request, int images, vt_error *err);
#endif
