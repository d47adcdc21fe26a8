#include "model/attention.h"
#include "base/profile.h"
#include "ops/attention.h"
#include "ops/kernels.h"
#include <math.h>

isize vt_pass_place(const vt_pass *pass, isize image)
{
    return pass->image_of ? pass->image_of[image] : image;
}

isize vt_pass_seen(const vt_pass *pass, isize image)
{
    if (pass->mask == VT_MASK_NONE) return pass->T;
    return pass->mask == VT_MASK_PREFIX ? pass->prefix_len[image] : 1;
}

vt_range vt_pass_range(const vt_pass *pass, isize image)
{
    if (pass->wanted == VT_ROWS_ALL) return (vt_range){0, pass->T};
    if (pass->wanted == VT_ROWS_GIVEN) return pass->rows[image];
    isize first_target = pass->mask == VT_MASK_PREFIX ? pass->prefix_len[image] : 1;
    return (vt_range){first_target - 1, pass->T - (pass->wanted == VT_ROWS_PREDICTING)};
}

isize vt_pass_rows(const vt_pass *pass)
{
    isize rows = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        rows += range.to - range.from;
    }
    return rows;
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
    saved.mixed = VT_TAKE(arena, vt_real, B * T * C);
    saved.lse = VT_TAKE(arena, vt_real, p->heads * B * T);
    return saved;
}

isize vt_attn_work(isize T, const vt_attn *p)
{
    return vt_attention_work(T, p->proj.weight.cols / p->heads);
}

static vt_attention shape_of(const vt_pass *pass, isize C, int heads, isize image)
{
    isize d = C / heads;
    vt_range range = vt_pass_range(pass, image);
    return (vt_attention){.T = pass->T,
                          .d = d,
                          .ld = 3 * C,
                          .ld_out = C,
                          .from = range.from,
                          .to = range.to,
                          .prefix = vt_pass_seen(pass, image),
                          .scale = (vt_real)(1 / sqrt((double)d))};
}

int64_t vt_attn_flops(const vt_pass *pass, isize C, int heads, int backward)
{
    int64_t flops = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_attention shape = shape_of(pass, C, heads, b);
        flops += heads * vt_attention_flops(&shape, backward);
    }
    return flops;
}

void vt_attn_forward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                     const vt_real *x, vt_real *y, const vt_scratch *t)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize C = p->proj.weight.cols, d = C / p->heads, R = vt_pass_rows(pass), row = 0;
    /* 1 */ vt_linear_forward(&p->qkv, x, s->qkv, pass->B * pass->T, t);
    int64_t from = vt_profile_from();
    for (isize b = 0; b < pass->B; b++) {
        vt_attention shape = shape_of(pass, C, p->heads, b);
        for (int h = 0; h < p->heads; h++) {
            const vt_real *q = s->qkv + b * pass->T * 3 * C + h * d;
            /* 2: mixed = softmax(scale q kᵀ) v over the keys that each row sees */
            kernels->attention_forward(&shape, s->mixed + row * C + h * d, s->lse + h * R + row, q,
                                       q + C, q + 2 * C, t->attention);
        }
        row += shape.to - shape.from;
    }
    vt_profile_add(VT_PART_ATTENTION_FORWARD, from,
                   vt_profiling ? vt_attn_flops(pass, C, p->heads, 0) : 0, 0);
    /* 3 */ vt_linear_add(&p->proj, s->mixed, y, R, t);
}

void vt_attn_backward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                      const vt_real *x, const vt_real *dy, vt_real *dx, const vt_scratch *t)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize C = p->proj.weight.cols, d = C / p->heads, R = vt_pass_rows(pass), row = 0;
    vt_real *dqkv = t->wide, *dmixed = t->active;
    /* 3 */ vt_linear_backward(&p->proj, s->mixed, dy, dmixed, R, t);
    int64_t from = vt_profile_from();
    for (isize b = 0; b < pass->B; b++) {
        vt_attention shape = shape_of(pass, C, p->heads, b);
        for (int h = 0; h < p->heads; h++) {
            isize first = b * pass->T * 3 * C + h * d, mixed = row * C + h * d;
            const vt_real *q = s->qkv + first;
            vt_real *dq = dqkv + first;
            vt_attention_saved saved = {q, q + C, q + 2 * C, s->mixed + mixed,
                                        s->lse + h * R + row};
            /* 2 */ kernels->attention_backward(&shape, dq, dq + C, dq + 2 * C, &saved,
                                                dmixed + mixed, t->attention);
        }
        row += shape.to - shape.from;
    }
    vt_profile_add(VT_PART_ATTENTION_BACKWARD, from,
                   vt_profiling ? vt_attn_flops(pass, C, p->heads, 1) : 0, 0);
    /* 1 */ vt_linear_backward(&p->qkv, x, dqkv, dx, pass->B * pass->T, t);
}
