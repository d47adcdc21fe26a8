/* A step of self-distillation against its definition, one crop, pair and patch at a time; who is
 * masked; what a collapsed teacher looks like. */
#include "check.h"
#include "core_fixture.h"
#include "objective/distil.h"
#include "objective_case.h"
#include "ops/gemm.h"
#include <math.h>
#include <string.h>

enum { IMAGES = OBJECTIVE_BATCH, SMALL = 2, CROPS = 2 + SMALL, K = 24, PATCHES = 16, C = 12 };

static vt_config config_of(const char *objective, const char *centring)
{
    const objective_case c = {.objective = objective, .set = objective_case_distil};
    vt_config config = objective_case_config(&c);
    objective_case_choose(config.teacher_centring, centring);
    return config;
}

static void open_learner(vt_learner *l, const vt_config *config)
{
    vt_error err;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(l, config, NULL, &err), VT_OK);
    vt_learner_reset(l, 3);
    core_fill(l->images, IMAGES * l->pixels, 1);
    for (isize i = 0; i < IMAGES; i++)
        vt_learner_draw(l, i, vt_rng_at(5, VT_RNG_PREFIX, 1, (uint64_t)i));
}

/* Student and teacher no longer alike, and centres that are not 0. */
static void part(vt_learner *l)
{
    vt_rng rng = vt_rng_at(7, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < l->params.size; i++)
        l->params.values[i] += (vt_real)(0.1 * vt_rng_normal(&rng));
    for (isize i = l->params.size; i < l->state.size; i++)
        l->state.values[i] = (vt_real)(0.1 * vt_rng_normal(&rng));
}

/* ---- the definition ---- */

/* What heads say of an image: of its crops' class tokens, and of the patches of whole crops. */
typedef struct {
    double class_token[CROPS][K], patch[2][PATCHES][K];
} answers;

static void answer(double *out, const vt_distil_head *head, vt_learner *l, const vt_real *row)
{
    const vt_distil_saved *saved = l->bays[0].saved;
    vt_distil_head_forward(head, &saved->head, row, 1, &l->bays[0].scratch);
    for (int k = 0; k < K; k++) out[k] = (double)saved->head.logits[k];
}

/* masks NULL: it sees all. */
static void look(answers *out, vt_learner *l, const vt_distil_net *net, isize image,
                 const int32_t *masks)
{
    const vt_distil_saved *saved = l->bays[0].saved;
    for (int crop = 0; crop < CROPS; crop++) {
        int small = crop >= 2;
        vt_pass pass = {.B = 1, .T = small ? 5 : 17};
        if (small) pass.tokens.side = 2;
        if (masks && !small) pass.tokens.masked = masks + crop * PATCHES;
        vt_trunk_forward(&net->trunk, &saved->trunk, &pass,
                         l->images + vt_objective_crop_at(&l->config, crop, image),
                         &l->bays[0].scratch);
        answer(out->class_token[crop], &net->head, l, saved->trunk.final);
        for (int p = 0; p < PATCHES && !small; p++)
            answer(out->patch[crop][p], &net->patch_head, l, saved->trunk.final + (1 + p) * C);
    }
}

static double cross_entropy(const double *target, const double *logits)
{
    double top = logits[0], sum = 0, loss = 0;
    for (int k = 1; k < K; k++) top = fmax(top, logits[k]);
    for (int k = 0; k < K; k++) sum += exp((logits[k] - top) / 0.1);
    for (int k = 0; k < K; k++) loss += target[k] * (log(sum) - (logits[k] - top) / 0.1);
    return loss;
}

static void softmax_rows(double (*rows)[K], int count, const vt_real *centre, double temperature)
{
    for (int r = 0; r < count; r++) {
        double sum = 0;
        for (int k = 0; k < K; k++)
            sum += rows[r][k] = exp((rows[r][k] - (double)centre[k]) / temperature);
        for (int k = 0; k < K; k++) rows[r][k] /= sum;
    }
}

static void sinkhorn_rows(double (*rows)[K], int count, double temperature)
{
    for (int r = 0; r < count; r++)
        for (int k = 0; k < K; k++) rows[r][k] = exp(rows[r][k] / temperature);
    for (int half = 0; half < 6; half++)
        for (int i = 0; i < (half % 2 ? count : K); i++) {
            double sum = 0;
            for (int j = 0; j < (half % 2 ? K : count); j++)
                sum += half % 2 ? rows[i][j] : rows[j][i];
            for (int j = 0; j < (half % 2 ? K : count); j++)
                *(half % 2 ? &rows[i][j] : &rows[j][i]) /= sum;
        }
}

/* Of a step at progress 0 with the parameters and choices that the learner has. */
typedef struct {
    double targets[2 * IMAGES][K], patch_targets[2 * IMAGES * PATCHES][K];
    double mean[K]; /* of the teacher's logits of class tokens */
    int masked[2 * IMAGES], patches;
    double loss_class, loss_patch;
} expected;

static answers student[IMAGES], teacher[IMAGES];

static int masks_of(const vt_learner *l, int image, int crop, int place)
{
    return l->draws && l->draw_count ? l->draws[(image * 2 + crop) * PATCHES + place] != 0 : 0;
}

static void gather_targets(expected *e, const vt_learner *l)
{
    const vt_distil *model = l->models[0];
    int sinkhorn = model->centre.value == NULL;
    memset(e, 0, sizeof *e);
    for (int i = 0; i < IMAGES; i++)
        for (int crop = 0; crop < 2; crop++) {
            memcpy(e->targets[2 * i + crop], teacher[i].class_token[crop], sizeof *e->targets);
            for (int k = 0; k < K; k++)
                e->mean[k] += teacher[i].class_token[crop][k] / (2 * IMAGES);
            for (int p = 0; p < PATCHES; p++) {
                if (!masks_of(l, i, crop, p)) continue;
                e->masked[2 * i + crop]++;
                memcpy(e->patch_targets[e->patches++], teacher[i].patch[crop][p],
                       sizeof *e->patch_targets);
            }
        }
    double temperature = l->config.teacher_temperature_start;
    if (sinkhorn) {
        sinkhorn_rows(e->targets, 2 * IMAGES, temperature);
        sinkhorn_rows(e->patch_targets, e->patches, temperature);
    } else {
        softmax_rows(e->targets, 2 * IMAGES, model->centre.value, temperature);
        if (e->patches)
            softmax_rows(e->patch_targets, e->patches, model->patch_centre.value, temperature);
    }
}

/* H over all pairs but of a crop with itself, in equal parts; patches crop by crop. */
static void expect(expected *e, vt_learner *l)
{
    const vt_distil *model = l->models[0];
    int next = 0;
    for (int i = 0; i < IMAGES; i++) {
        const int32_t *masks = l->draw_count ? l->draws + i * 2 * PATCHES : NULL;
        look(&student[i], l, &model->student, i, masks);
        look(&teacher[i], l, &model->teacher, i, NULL);
    }
    gather_targets(e, l);
    for (int i = 0; i < IMAGES; i++)
        for (int q = 0; q < 2; q++) {
            for (int v = 0; v < CROPS; v++)
                if (v != q)
                    e->loss_class +=
                        cross_entropy(e->targets[2 * i + q], student[i].class_token[v]) /
                        (2 * (CROPS - 1) * IMAGES);
            for (int p = 0; p < PATCHES; p++)
                if (masks_of(l, i, q, p))
                    e->loss_patch +=
                        cross_entropy(e->patch_targets[next++], student[i].patch[q][p]) /
                        (2 * e->masked[2 * i + q] * IMAGES);
        }
}

static double entropy_of(const double *shares)
{
    double sum = 0;
    for (int k = 0; k < K; k++) sum -= shares[k] > 0 ? shares[k] * log(shares[k]) : 0;
    return sum;
}

/* The mean entropy of rows, and the entropy of their mean. */
static void entropies(double (*rows)[K], int count, double out[2])
{
    double mean[K] = {0};
    out[0] = 0;
    for (int r = 0; r < count; r++) {
        out[0] += entropy_of(rows[r]) / count;
        for (int k = 0; k < K; k++) mean[k] += rows[r][k] / count;
    }
    out[1] = entropy_of(mean);
}

static double nearest(const vt_real *x, int i, double length[IMAGES], int stride)
{
    double best = 3;
    for (int j = 0; j < IMAGES; j++) {
        double squares = 0;
        for (int c = 0; c < C && j != i; c++)
            squares += pow(
                (double)x[i * stride + c] / length[i] - (double)x[j * stride + c] / length[j], 2);
        if (j != i) best = fmin(best, sqrt(squares));
    }
    return best;
}

/* Of the features that a step left: of each crop by itself, as one shard had all images. */
static double plain_koleo(const vt_learner *l)
{
    const vt_distil_batch *batch = l->batch;
    double sum = 0, length[IMAGES];
    for (int crop = 0; crop < 2; crop++) {
        const vt_real *x = batch->features.rows + crop * C;
        for (int i = 0; i < IMAGES; i++) {
            length[i] = 0;
            for (int c = 0; c < C; c++) length[i] += pow((double)x[i * 2 * C + c], 2);
            length[i] = sqrt(length[i]);
        }
        for (int i = 0; i < IMAGES; i++) sum -= log(nearest(x, i, length, 2 * C) + 1e-8) / IMAGES;
    }
    return sum;
}

static void check_definition(const char *objective, const char *centring)
{
    static expected e;
    const double near = core_bound(2e-4, 1e-9);
    vt_config config = config_of(objective, centring);
    double values[9] = {0}, entropy[2];
    vt_learner l;
    config.train_shards = 1;
    config.koleo_weight = 0.25;
    open_learner(&l, &config);
    part(&l);
    expect(&e, &l);
    double loss = vt_learner_step(&l, 0, 1).loss;
    vt_learner_measure(&l, 1, values);
    check_near("class tokens", values[0], e.loss_class, near);
    entropies(e.targets, 2 * IMAGES, entropy);
    check_near("entropy", values[1], entropy[0], near);
    check_near("entropy of the mean", values[2], entropy[1], near);
    check_near("divergence", values[3], e.loss_class - entropy[0], near);
    CU_ASSERT(values[3] > 0 && values[4] > 0 && values[4] < 1);
    if (e.patches) {
        check_near("patches", values[5], e.loss_patch, near);
        entropies(e.patch_targets, e.patches, entropy);
        check_near("entropy of patches", values[6], entropy[0], near);
        check_near("entropy of their mean", values[7], entropy[1], near);
    }
    double koleo = strcmp(objective, "dinov2") == 0 ? plain_koleo(&l) : 0;
    check_near("koleo", values[8], koleo, near);
    check_near("loss", loss, e.loss_class + e.loss_patch + 0.25 * koleo, near);
    const vt_distil *model = l.models[0];
    CU_ASSERT_EQUAL(model->centre.value == NULL, strcmp(objective, "dinov2") == 0);
    vt_learner_close(&l);
}

static void the_losses_are_those_of_the_definition(void)
{
    check_definition("dino", "own");
    check_definition("ibot", "own");
    check_definition("dinov2", "own");
}

static void a_centre_follows_the_mean_of_what_the_teacher_says(void)
{
    static expected e;
    double kept[K];
    vt_config config = config_of("dino", "own");
    vt_learner l;
    open_learner(&l, &config);
    part(&l);
    expect(&e, &l);
    const vt_real *centre = ((const vt_distil *)l.models[0])->centre.value;
    for (int k = 0; k < K; k++) kept[k] = (double)centre[k];
    (void)vt_learner_evaluate(&l, IMAGES, VT_DISTIL_CLASS);
    for (int k = 0; k < K; k++) CU_ASSERT(kept[k] == (double)centre[k]);
    (void)vt_learner_step(&l, 0, 1);
    for (int k = 0; k < K; k++)
        check_near("centre", (double)centre[k], 0.9 * kept[k] + 0.1 * e.mean[k],
                   core_bound(1e-6, 1e-12));
    vt_learner_close(&l);
}

/* ---- freezing ---- */

static void the_last_layer_waits_for_its_share_of_the_steps(void)
{
    vt_real kept[K * 8], first;
    vt_config config = config_of("dino", "own");
    vt_learner l;
    config.head_freeze = 2. / (double)config.optim_steps;
    config.optim_weight_decay = 0;
    open_learner(&l, &config);
    const vt_distil_head *head = &((const vt_distil *)l.models[0])->student.head;
    memcpy(kept, head->last.value, sizeof kept);
    first = head->fc1.weight.value[0];
    for (int step = 1; step <= 3; step++) {
        (void)vt_learner_step(&l, 0.01, step);
        CU_ASSERT_EQUAL(core_same(kept, head->last.value, K * 8), step < 3);
        CU_ASSERT((double)head->fc1.weight.value[0] != (double)first);
    }
    vt_learner_close(&l);
}

/* ---- masks ---- */

enum { MANY = 64, SIDE = 8 };

/* Masked patches of each whole crop of a batch. */
static void count_masks(isize counts[2 * MANY], const char *objective, uint64_t step)
{
    int32_t masked[2 * SIDE * SIDE];
    vt_config config = config_of(objective, "own");
    config.data_image_px = SIDE * config.model_patch_px;
    config.optim_batch_images = MANY;
    for (int i = 0; i < MANY; i++) {
        vt_rng rng = vt_rng_at(3, VT_RNG_PREFIX, step, (uint64_t)i);
        vt_objective_of(&config)->draw(&config, masked, rng, i);
        for (int crop = 0; crop < 2; crop++) {
            counts[2 * i + crop] = 0;
            for (int p = 0; p < SIDE * SIDE; p++)
                counts[2 * i + crop] += masked[crop * SIDE * SIDE + p];
        }
    }
}

static void half_of_the_crops_are_masked_by_shares_that_are_spread(void)
{
    isize counts[2 * MANY], other[2 * MANY], used = 0, sum = 0, below[MANY] = {0};
    count_masks(counts, "dinov2", 1);
    count_masks(other, "dinov2", 2);
    CU_ASSERT(memcmp(counts, other, sizeof counts) != 0);
    for (int n = 0; n < 2 * MANY; n++) {
        used += counts[n] > 0;
        sum += counts[n];
        /* A count of m may come from any place whose share allows as many. */
        for (int place = 0; place < MANY; place++)
            below[place] += counts[n] > (isize)((0.1 + 0.4 * (place + 1) / MANY) * SIDE * SIDE);
    }
    CU_ASSERT(used <= MANY && used > MANY * 9 / 10);
    for (int place = 0; place < MANY; place++) CU_ASSERT(below[place] <= MANY - 1 - place);
    CU_ASSERT(sum > MANY * SIDE * SIDE * 25 / 100 && sum < MANY * SIDE * SIDE * 30 / 100);
}

static void about_half_of_the_crops_are_masked_at_random(void)
{
    isize counts[2 * MANY], used = 0, sum = 0;
    for (uint64_t step = 0; step < 10; step++) {
        count_masks(counts, "ibot", step);
        for (int n = 0; n < 2 * MANY; n++) {
            CU_ASSERT(counts[n] <= SIDE * SIDE / 2);
            used += counts[n] > 0;
            sum += counts[n];
        }
    }
    CU_ASSERT(used > 10 * MANY * 9 / 10 && used < 10 * MANY * 11 / 10);
    CU_ASSERT(sum > used * SIDE * SIDE * 25 / 100 && sum < used * SIDE * SIDE * 32 / 100);
}

/* ---- collapse ---- */

static void fill(const vt_param *param, double value)
{
    for (isize i = 0; i < param->rows * param->cols; i++) param->value[i] = (vt_real)value;
}

/* Every image gets the same output. */
static void make_constant(const vt_distil_head *head)
{
    fill(&head->fc3.weight, 0);
    fill(&head->fc3.bias, 1);
}

static void measure_step(double values[9], vt_learner *l)
{
    (void)vt_learner_step(l, 0, 1);
    vt_learner_measure(l, 1, values);
}

/* All the same, whatever it is: the mean over images is as sure as each. */
static void a_constant_teacher_shows_as_a_collapse(void)
{
    double values[9] = {0};
    vt_config config = config_of("ibot", "own");
    vt_learner l;
    open_learner(&l, &config);
    part(&l);
    measure_step(values, &l);
    CU_ASSERT(values[2] > values[1] + 0.1 && values[7] > values[6] + 0.1);
    CU_ASSERT(values[3] > 0.1 && values[4] > 0.1);
    const vt_distil *model = l.models[0];
    make_constant(&model->teacher.head);
    measure_step(values, &l);
    check_near("class tokens", values[1], values[2], core_bound(1e-4, 1e-12));
    check_near("patches", values[6], values[7], core_bound(1e-4, 1e-12));
    vt_learner_close(&l);
}

/* Both kinds: all for one prototype, and the same for all; then a student says what its teacher
 * does. */
static void both_kinds_of_collapse_have_their_values(void)
{
    for (int uniform = 0; uniform < 2; uniform++) {
        double values[9] = {0};
        vt_config config = config_of("dino", "own");
        vt_learner l;
        open_learner(&l, &config);
        const vt_distil *model = l.models[0];
        const vt_distil_net *nets[] = {&model->student, &model->teacher};
        for (int n = 0; n < 2; n++) {
            make_constant(&nets[n]->head);
            fill(&nets[n]->head.last, uniform ? 1 : -1);
            for (int e = 0; e < 8; e++) nets[n]->head.last.value[e] = 1;
            fill(&nets[n]->trunk.post_norm.weight, 0);
            fill(&nets[n]->trunk.post_norm.bias, 1);
        }
        measure_step(values, &l);
        double want = uniform ? log(K) : 0;
        check_near("entropy", values[1], want, core_bound(1e-5, 1e-12));
        check_near("entropy of the mean", values[2], want, core_bound(1e-5, 1e-12));
        check_near("divergence", values[3], 0, core_bound(1e-5, 1e-6));
        check_near("features", values[4], 0, core_bound(1e-3, 1e-7));
        vt_learner_close(&l);
    }
}

/* What is the same for all becomes the same for all prototypes: no image can be told from it. */
static void sinkhorn_makes_a_constant_teacher_uniform(void)
{
    double values[9] = {0};
    vt_config config = config_of("dino", "sinkhorn");
    vt_learner l;
    open_learner(&l, &config);
    part(&l);
    make_constant(&((const vt_distil *)l.models[0])->teacher.head);
    measure_step(values, &l);
    check_near("entropy", values[1], log(K), core_bound(1e-4, 1e-12));
    check_near("entropy of the mean", values[2], log(K), core_bound(1e-4, 1e-12));
    vt_learner_close(&l);
}

/* ---- what does not fit ---- */

static void check_refused(const vt_config *config, const char *named)
{
    vt_error err = {0};
    CU_ASSERT_EQUAL(vt_objective_check(config, &err), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, named));
}

static void what_does_not_fit_is_refused_by_its_key(void)
{
    vt_config config = config_of("dino", "own");
    config.data_small_px = 5;
    check_refused(&config, "data.small_px: 5");
    config.data_small_px = 10;
    check_refused(&config, "data.small_px: 10 is more than data.image_px: 8");
    config = config_of("dino", "own");
    config.data_small_min = 0.9;
    check_refused(&config, "data.small_min: 0.9");
    config = config_of("dinov2", "own");
    config.train_shards = OBJECTIVE_BATCH;
    check_refused(&config, "koleo.weight 0");
}

SUITE(distil, {"the losses are those of the definition", the_losses_are_those_of_the_definition},
      {"a centre follows the mean of what the teacher says",
       a_centre_follows_the_mean_of_what_the_teacher_says},
      {"the last layer waits for its share of the steps",
       the_last_layer_waits_for_its_share_of_the_steps},
      {"half of the crops are masked, by shares that are spread",
       half_of_the_crops_are_masked_by_shares_that_are_spread},
      {"about half of the crops are masked at random",
       about_half_of_the_crops_are_masked_at_random},
      {"a constant teacher shows as a collapse", a_constant_teacher_shows_as_a_collapse},
      {"both kinds of collapse have their values", both_kinds_of_collapse_have_their_values},
      {"Sinkhorn makes a constant teacher uniform", sinkhorn_makes_a_constant_teacher_uniform},
      {"what does not fit is refused by its key", what_does_not_fit_is_refused_by_its_key})
