#include "objective/target.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include "ops/softmax_xent.h"

vt_target vt_target_of(const vt_config *c)
{
    vt_target target = {.channels = (isize)c->data_channels, .norm_pix = c->target_norm_pix};
    int vq = vt_config_is(c->target_kind, "vq");
    target.P = target.channels * (isize)(c->model_patch_px * c->model_patch_px);
    target.coded = vq || vt_config_is(c->target_kind, "kmeans");
    if (target.coded)
        target.codes = vt_codebook_shape_of(vq ? VT_CODES_VQ : VT_CODES_KMEANS,
                                            (isize)c->target_codes, target.P);
    return target;
}

isize vt_target_values(const vt_target *target)
{
    return target->coded ? target->codes.vq.K : target->P;
}

vt_target_saved vt_target_saved_plan(const vt_target *target, isize N, vt_arena *arena)
{
    vt_target_saved saved = {0};
    saved.patches = VT_TAKE(arena, vt_real, N * target->P);
    saved.dpred = VT_TAKE(arena, vt_real, N * vt_target_values(target));
    if (!target->coded) return saved;
    saved.codes = VT_TAKE(arena, int32_t, N);
    saved.scratch = vt_codes_scratch_plan(&target->codes, arena);
    return saved;
}

void vt_target_fill(const vt_target *target, const vt_target_saved *s, isize first,
                    const vt_real *patches, isize count)
{
    vt_patch_targets(s->patches + first * target->P, patches, count, target->channels, target->P,
                     target->norm_pix);
}

void vt_target_code(const vt_target *target, const vt_target_saved *s, isize N,
                    const vt_codebook *codebook)
{
    if (!target->coded) return;
    VT_ASSERT(codebook && codebook->shape.vq.K == target->codes.vq.K &&
              codebook->shape.vq.P == target->P);
    vt_codebook_assign(codebook, s->codes, s->patches, N, &s->scratch);
}

static double pixels_loss(const vt_target *target, const vt_target_saved *s, isize first,
                          const vt_real *pred, isize N, isize pairs_batch)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize P = target->P;
    vt_real slope = (vt_real)(2.0 / ((double)P * (double)pairs_batch));
    double sum = 0;
    for (isize r = 0; r < N; r++) {
        isize at = (first + r) * P;
        sum += kernels->squared_error(s->dpred + at, pred + r * P, s->patches + at, P, slope);
    }
    return sum / (double)P;
}

double vt_target_loss(const vt_target *target, const vt_target_saved *s, isize first,
                      const vt_real *pred, isize N, isize pairs_batch)
{
    int64_t from = vt_profile_from();
    isize K = vt_target_values(target);
    double sum = target->coded ? vt_softmax_xent(s->dpred + first * K, pred, s->codes + first, N, K,
                                                 (vt_real)(1 / (double)pairs_batch))
                               : pixels_loss(target, s, first, pred, N, pairs_batch);
    vt_profile_add(VT_PART_LOSS, from, 0, 0);
    return sum;
}

const vt_real *vt_target_patch(const vt_target *target, const vt_codebook *codebook,
                               const vt_real *pred)
{
    if (!target->coded) return pred;
    isize code = vt_kernels_now()->greatest(pred, target->codes.vq.K);
    return vt_codebook_decode(codebook, (int32_t)code);
}

int64_t vt_target_flops(const vt_target *target, isize N)
{
    return target->coded ? vt_codebook_flops(&target->codes, N) : 0;
}
