#include "train/trainer.h"
#include "base/profile.h"
#include "train/machine.h"
#include <math.h>
#include <string.h>

/* ---- plan ---- */

static vt_feed feed_of(const vt_trainer *t, const vt_dataset *dataset, vt_split split, isize count)
{
    const vt_dataset_info *about = vt_dataset_about(dataset);
    isize all = about->images[split];
    vt_feed feed = {.dataset = dataset, .seed = (uint64_t)t->config.seed, .split = split};
    feed.count = count > 0 ? vt_min(count, all) : all;
    feed.view = vt_feed_view(&t->config, about);
    feed.views = t->views.count > 1 ? &t->views : NULL;
    return feed;
}

static vt_status open_readers(vt_trainer *t, int threads, vt_error *err)
{
    vt_status status = vt_ahead_open(&t->ahead, t->pool, threads, err);
    if (status != VT_OK) return status;
    int workers = vt_ahead_workers(t->ahead);
    for (int pass = 0; pass < 2; pass++) {
        t->next.images =
            VT_TAKE(&t->arena, vt_real, t->config.optim_batch_images * t->learner.pixels);
        t->readers = VT_TAKE(&t->arena, vt_reader, workers);
        t->by_token = VT_TAKE(&t->arena, double, t->learner.T);
        t->part = VT_TAKE(&t->arena, double, t->learner.T);
        t->labels = VT_TAKE(&t->arena, int32_t, t->config.optim_batch_images);
        status = pass == 0 ? vt_arena_open(&t->arena, err) : VT_OK;
        if (status != VT_OK) return status;
    }
    for (int w = 0; w < workers && status == VT_OK; w++)
        status = vt_view_scratch_open(&t->readers[w].scratch, err);
    return status;
}

vt_status vt_trainer_open(vt_trainer *out, const vt_config *config, const vt_dataset *dataset,
                          vt_pool *pool, int readers, vt_error *err)
{
    vt_trainer *t = out;
    *t = (vt_trainer){.config = *config, .pool = pool};
    t->views = vt_feed_crops(config, vt_dataset_about(dataset));
    t->train = feed_of(t, dataset, VT_SPLIT_TRAIN, config->data_images_max);
    t->train.mixed = vt_dataset_mix(dataset) != NULL;
    t->held_out = feed_of(t, dataset, VT_SPLIT_TEST, config->eval_images);
    if (t->train.mixed && config->data_images_max > 0)
        return vt_fail(
            err, VT_ERR_CONFIG,
            "data.images_max: %s is a mix, of whose sources all images are drawn; set it "
            "to 0",
            config->data_name);
    if (t->train.count < 1 || t->held_out.count < 1)
        return vt_fail(err, VT_ERR_CONFIG, "data.name: %s has no images in its %s split",
                       config->data_name, t->train.count < 1 ? "training" : "test");
    vt_status status = vt_learner_open(&t->learner, config, pool, err);
    if (status != VT_OK) return status;
    status = open_readers(t, readers, err);
    if (status != VT_OK) vt_trainer_close(t);
    return status;
}

void vt_trainer_reset(vt_trainer *t)
{
    vt_learner_reset(&t->learner, (uint64_t)t->config.seed);
    t->step = 0;
}

void vt_trainer_close(vt_trainer *t)
{
    if (t->ahead) vt_ahead_finish(t->ahead);
    for (int w = 0; t->readers && w < vt_ahead_workers(t->ahead); w++)
        vt_view_scratch_close(&t->readers[w].scratch);
    t->readers = NULL;
    vt_codebook_close(&t->codebook);
    vt_ahead_close(&t->ahead);
    vt_arena_close(&t->arena);
    vt_learner_close(&t->learner);
}

/* ---- images ---- */

static vt_status read_image(vt_trainer *t, isize slot, vt_reader *reader)
{
    const vt_reading *r = &t->next;
    isize place = r->first + slot;
    int training = r->feed == &t->train;
    vt_real *crops[VT_VIEWS_MAX] = {0};
    int32_t *label = &t->labels[slot];
    for (int v = 0; v < t->views.count; v++)
        crops[v] = r->images + vt_objective_crop_at(&t->config, v, slot);
    if (r->feed->views)
        return (training ? vt_feed_views : vt_feed_views_eval)(r->feed, place, crops, label,
                                                               reader->scratch, &reader->err);
    return (training ? vt_feed_train : vt_feed_eval)(r->feed, place, crops[0], label,
                                                     reader->scratch, &reader->err);
}

static void read_turn(void *context, isize slot, int worker)
{
    vt_trainer *t = context;
    vt_reader *reader = &t->readers[worker];
    if (reader->status != VT_OK) return;
    int64_t from = vt_profile_from();
    double cpu = vt_clock_thread();
    reader->status = read_image(t, slot, reader);
    reader->seconds += vt_clock_thread() - cpu;
    vt_profile_add(VT_PART_READ, from, 0, 0);
}

static void begin_reading(vt_trainer *t, const vt_feed *feed, isize first, isize count)
{
    t->next.feed = feed;
    t->next.first = first;
    t->next.count = count;
    for (int w = 0; w < vt_ahead_workers(t->ahead); w++) t->readers[w].status = VT_OK;
    vt_ahead_start(t->ahead, count, read_turn, t);
}

/* Images from first on, where the learner looks for a batch: those that were read ahead, if they
 * are these. */
static vt_status take_images(vt_trainer *t, const vt_feed *feed, isize first, isize count,
                             vt_error *err)
{
    vt_reading *r = &t->next;
    vt_ahead_finish(t->ahead);
    if (r->feed != feed || r->first != first || r->count != count) {
        begin_reading(t, feed, first, count);
        vt_ahead_finish(t->ahead);
    }
    r->feed = NULL;
    t->read_s = 0;
    for (int w = 0; w < vt_ahead_workers(t->ahead); w++) t->read_s += t->readers[w].seconds;
    for (int w = 0; w < vt_ahead_workers(t->ahead); w++) {
        if (t->readers[w].status == VT_OK) continue;
        *err = t->readers[w].err;
        return t->readers[w].status;
    }
    vt_real *taken = r->images;
    r->images = t->learner.images;
    t->learner.images = taken;
    return VT_OK;
}

vt_status vt_trainer_read_train(vt_trainer *t, isize first, isize count, vt_error *err)
{
    return take_images(t, &t->train, first, count, err);
}

vt_status vt_trainer_read_held_out(vt_trainer *t, isize first, isize count, vt_error *err)
{
    vt_status status = take_images(t, &t->held_out, first, count, err);
    if (status != VT_OK) return status;
    for (isize slot = 0; slot < count; slot++)
        vt_learner_draw(&t->learner, slot, vt_feed_choices_eval(&t->held_out, first + slot));
    isize left = t->held_out.count - first - count;
    if (left > 0) begin_reading(t, &t->held_out, first + count, vt_min(count, left));
    return VT_OK;
}

/* ---- one step ---- */

vt_schedule vt_trainer_schedule(const vt_config *c)
{
    return (vt_schedule){.start = c->optim_lr_start,
                         .peak = c->optim_lr_peak,
                         .final = c->optim_lr_final,
                         .warmup = c->optim_warmup,
                         .steps = c->optim_steps};
}

static void draw_turn(void *context, isize slot, int worker)
{
    vt_trainer *t = context;
    (void)worker;
    vt_learner_draw(&t->learner, slot, vt_feed_choices(&t->train, t->step, slot));
}

vt_status vt_trainer_step(vt_trainer *t, vt_step_result *result, vt_error *err)
{
    vt_schedule schedule = vt_trainer_schedule(&t->config);
    isize B = t->config.optim_batch_images;
    double from = vt_clock_wall();
    vt_status status = take_images(t, &t->train, t->step * B, B, err);
    if (status != VT_OK) return status;
    t->stall_s += vt_clock_wall() - from;
    if (t->step + 1 < t->config.optim_steps) begin_reading(t, &t->train, (t->step + 1) * B, B);
    vt_pool_for(t->pool, B, draw_turn, t);
    double lr = vt_schedule_at(&schedule, t->step);
    vt_learner_result learnt = vt_learner_step(&t->learner, lr, t->step + 1);
    *result = (vt_step_result){.loss = learnt.loss, .grad_norm = learnt.grad_norm, .lr = lr};
    if (isfinite(learnt.loss) && isfinite(learnt.grad_norm)) t->step++;
    t->step_s += vt_clock_wall() - from;
    return VT_OK;
}

/* ---- validation ---- */

vt_status vt_trainer_validate(vt_trainer *t, int loss, double *value, vt_error *err)
{
    vt_part_loss all = {0};
    isize B = t->config.optim_batch_images, T = t->learner.T;
    memset(t->by_token, 0, (size_t)T * sizeof *t->by_token);
    for (isize first = 0; first < t->held_out.count; first += B) {
        if (t->stopping && t->stopping(t->stopping_context))
            return vt_fail(err, VT_ERR_CANCELLED, "asked to stop in a validation");
        isize count = vt_min(B, t->held_out.count - first);
        vt_status status = vt_trainer_read_held_out(t, first, count, err);
        if (status != VT_OK) return status;
        vt_part_loss part = vt_learner_evaluate(&t->learner, count, loss);
        all.sum += part.sum;
        all.pairs += part.pairs;
        vt_learner_by_token(&t->learner, t->part);
        for (isize at = 0; at < T; at++) t->by_token[at] += t->part[at];
    }
    *value = all.sum / (double)all.pairs;
    return VT_OK;
}

void vt_trainer_chunks(const vt_trainer *t, double *means)
{
    isize T = t->learner.T, chunks = (isize)t->config.eval_chunks;
    for (isize c = 0; c < chunks; c++) {
        isize from = (c * T + chunks - 1) / chunks, to = ((c + 1) * T + chunks - 1) / chunks;
        double sum = 0;
        if (from == 0) from = 1; /* nothing predicts the first patch */
        for (isize at = from; at < to; at++) sum += t->by_token[at];
        means[c] = sum / ((double)(to - from) * (double)t->held_out.count);
    }
}
