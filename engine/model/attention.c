#include "model/attention.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>

isize vt_pass_limit(const vt_pass *pass, isize image, isize row)
{
    if (pass->mask == VT_MASK_NONE) return pass->T;
    isize prefix = pass->mask == VT_MASK_PREFIX ? pass->prefix_len[image] : 0;
    return row + 1 > prefix ? row + 1 : prefix;
}

vt_attn vt_attn_plan(vt_params *params, isize C, int heads, const char *name)
{
    vt_attn attn = {.heads = heads};
    attn.qkv.weight = vt_param_matrix(params, 3 * C, C, VT_INIT_QKV, "%s.qkv.weight", name);
    attn.proj.weight = vt_param_matrix(params, C, C, VT_INIT_XAVIER, "%s.proj.weight", name);
    return attn;
}

vt_attn_saved vt_attn_saved_plan(vt_arena *arena, isize B, isize T, const vt_attn *p)
{
    isize C = p->proj.weight.cols;
    vt_attn_saved saved;
    saved.qkv = VT_TAKE(arena, vt_real, B * T * 3 * C);
    saved.share = VT_TAKE(arena, vt_real, B * p->heads * T * T);
    saved.mixed = VT_TAKE(arena, vt_real, B * T * C);
    return saved;
}

vt_attn_scratch vt_attn_scratch_plan(vt_arena *arena, isize B, isize T, const vt_attn *p)
{
    isize C = p->proj.weight.cols;
    vt_attn_scratch scratch;
    scratch.dqkv = VT_TAKE(arena, vt_real, B * T * 3 * C);
    scratch.dmixed = VT_TAKE(arena, vt_real, B * T * C);
    scratch.dshare = VT_TAKE(arena, vt_real, T * T);
    return scratch;
}

/* One head of one image: where its parts lie. q, k, v are [T, d] with rows 3C apart. */
typedef struct {
    isize first; /* of q in the qkv buffer; k is C further, v another C */
    isize share; /* of the [T, T] block */
    isize mixed; /* of the [T, d] part of the mixed heads, rows C apart */
} head_place;

static head_place place(const vt_pass *pass, isize C, int heads, isize image, int head)
{
    isize d = C / heads, T = pass->T;
    return (head_place){image * T * 3 * C + head * d, (image * heads + head) * T * T,
                        image * T * C + head * d};
}

void vt_attn_forward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                     const vt_real *x, vt_real *y)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize C = p->proj.weight.cols, d = C / p->heads, T = pass->T, ld = 3 * C;
    vt_real scale = (vt_real)(1 / sqrt((double)d));
    /* 1 */ vt_linear_forward(&p->qkv, x, s->qkv, pass->B * T);
    for (isize b = 0; b < pass->B; b++) {
        for (int h = 0; h < p->heads; h++) {
            head_place at = place(pass, C, p->heads, b, h);
            const vt_real *q = s->qkv + at.first, *k = q + C, *v = k + C;
            vt_real *share = s->share + at.share;
            /* 2: share = softmax(scale q kᵀ) over the keys that the row sees */
            vt_gemm(share, T, (vt_extent){T, T, d}, (vt_factor){q, ld, VT_N},
                    (vt_factor){k, ld, VT_T}, 1, 0);
            for (isize i = 0; i < T; i++)
                kernels->softmax_row(share + i * T, vt_pass_limit(pass, b, i), T, scale);
            /* 3: mixed = share v */
            vt_gemm(s->mixed + at.mixed, C, (vt_extent){T, d, T}, (vt_factor){share, T, VT_N},
                    (vt_factor){v, ld, VT_N}, 1, 0);
        }
    }
    /* 4 */ vt_linear_forward(&p->proj, s->mixed, y, pass->B * T);
}

/* was  share = softmax(scale q kᵀ), mixed = share v
 * so   dv = shareᵀ dmixed, dshare = dmixed vᵀ, dscore = softmax'(dshare) scale,
 *      dq = dscore k, dk = dscoreᵀ q */
static void head_backward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                          const vt_attn_scratch *t, isize b, int h)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize C = p->proj.weight.cols, d = C / p->heads, T = pass->T, ld = 3 * C;
    head_place at = place(pass, C, p->heads, b, h);
    const vt_real *q = s->qkv + at.first, *k = q + C, *v = k + C;
    const vt_real *share = s->share + at.share, *dmixed = t->dmixed + at.mixed;
    vt_real *dq = t->dqkv + at.first, *dk = dq + C, *dv = dk + C;
    vt_real scale = (vt_real)(1 / sqrt((double)d));
    vt_gemm(dv, ld, (vt_extent){T, d, T}, (vt_factor){share, T, VT_T}, (vt_factor){dmixed, C, VT_N},
            1, 0);
    vt_gemm(t->dshare, T, (vt_extent){T, T, d}, (vt_factor){dmixed, C, VT_N},
            (vt_factor){v, ld, VT_T}, 1, 0);
    for (isize i = 0; i < T; i++)
        kernels->softmax_row_backward(t->dshare + i * T, share + i * T, vt_pass_limit(pass, b, i),
                                      T, scale);
    vt_gemm(dq, ld, (vt_extent){T, d, T}, (vt_factor){t->dshare, T, VT_N}, (vt_factor){k, ld, VT_N},
            1, 0);
    vt_gemm(dk, ld, (vt_extent){T, d, T}, (vt_factor){t->dshare, T, VT_T}, (vt_factor){q, ld, VT_N},
            1, 0);
}

void vt_attn_backward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                      const vt_real *x, const vt_real *dy, vt_real *dx, const vt_attn_scratch *t)
{
    isize N = pass->B * pass->T;
    /* 4 */ vt_linear_backward(&p->proj, s->mixed, dy, t->dmixed, N);
    /* 3, 2 */
    for (isize b = 0; b < pass->B; b++)
        for (int h = 0; h < p->heads; h++) head_backward(p, s, pass, t, b, h);
    /* 1 */ vt_linear_backward(&p->qkv, x, t->dqkv, dx, N);
}
