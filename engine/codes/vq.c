#include "codes/vq.h"
#include "ops/kernels.h"

static vt_linear linear_plan(vt_params *params, isize rows, isize cols, const char *half,
                             const char *name)
{
    vt_linear linear;
    linear.weight =
        vt_param_matrix(params, rows, cols, VT_INIT_XAVIER, "codes.%s.%s.weight", half, name);
    linear.bias = vt_param_vector(params, rows, VT_INIT_ZERO, "codes.%s.%s.bias", half, name);
    return linear;
}

static vt_vq_half half_plan(vt_params *params, isize in, isize hidden, isize out, const char *name)
{
    vt_vq_half half;
    half.fc1 = linear_plan(params, hidden, in, name, "fc1");
    half.fc2 = linear_plan(params, out, hidden, name, "fc2");
    return half;
}

vt_vq vt_vq_plan(const vt_vq_shape *shape, vt_params *params)
{
    vt_vq vq = {.shape = *shape};
    vq.encoder = half_plan(params, shape->P, shape->hidden, shape->D, "encoder");
    vq.decoder = half_plan(params, shape->D, shape->hidden, shape->P, "decoder");
    return vq;
}

vt_vq_saved vt_vq_saved_plan(const vt_vq_shape *shape, isize N, vt_arena *arena)
{
    vt_vq_saved saved;
    saved.encoder.hidden = VT_TAKE(arena, vt_real, N * shape->hidden);
    saved.encoder.active = VT_TAKE(arena, vt_real, N * shape->hidden);
    saved.decoder.hidden = VT_TAKE(arena, vt_real, N * shape->hidden);
    saved.decoder.active = VT_TAKE(arena, vt_real, N * shape->hidden);
    saved.z = VT_TAKE(arena, vt_real, N * shape->D);
    saved.q = VT_TAKE(arena, vt_real, N * shape->D);
    saved.pred = VT_TAKE(arena, vt_real, N * shape->P);
    saved.dpred = VT_TAKE(arena, vt_real, N * shape->P);
    saved.dz = VT_TAKE(arena, vt_real, N * shape->D);
    return saved;
}

/* y = fc2(gelu(fc1(x))) */
static void half_forward(const vt_vq_half *p, const vt_real *x, vt_real *hidden, vt_real *active,
                         vt_real *y, isize N)
{
    vt_scratch plain = {0};
    /* 1 */ vt_linear_forward(&p->fc1, x, hidden, N, &plain);
    /* 2 */ vt_kernels_now()->gelu_forward(active, hidden, N * p->fc1.weight.rows);
    /* 3 */ vt_linear_forward(&p->fc2, active, y, N, &plain);
}

/* dx may be NULL. hidden and active are used up. */
static void half_backward(const vt_vq_half *p, const vt_real *x, vt_real *hidden, vt_real *active,
                          const vt_real *dy, vt_real *dx, isize N, const vt_scratch *t)
{
    /* 3: dactive takes the place of active */
    vt_linear_backward(&p->fc2, active, dy, active, N, t);
    /* 2 */ vt_kernels_now()->gelu_backward(active, hidden, hidden, active, N * p->fc1.weight.rows);
    /* 1 */ vt_linear_backward(&p->fc1, x, active, dx, N, t);
}

void vt_vq_encode(const vt_vq *vq, const vt_vq_saved *s, const vt_real *x, isize N)
{
    half_forward(&vq->encoder, x, s->encoder.hidden, s->encoder.active, s->z, N);
}

void vt_vq_decode(const vt_vq *vq, const vt_vq_saved *s, isize N)
{
    half_forward(&vq->decoder, s->q, s->decoder.hidden, s->decoder.active, s->pred, N);
}

vt_vq_loss vt_vq_loss_of(const vt_vq *vq, const vt_vq_saved *s, const vt_real *x, isize N,
                         isize batch, double commitment)
{
    isize P = vq->shape.P, D = vq->shape.D;
    const vt_kernels *kernels = vt_kernels_now();
    double rows = (double)batch;
    vt_vq_loss loss;
    loss.error =
        kernels->squared_error(s->dpred, s->pred, x, N * P, (vt_real)(2 / (rows * (double)P)));
    loss.commitment = kernels->squared_error(s->dz, s->z, s->q, N * D,
                                             (vt_real)(2 * commitment / (rows * (double)D)));
    return loss;
}

void vt_vq_backward(const vt_vq *vq, const vt_vq_saved *s, const vt_real *x, isize N,
                    const vt_scratch *t)
{
    /* dq takes the place of z, whose last reader was the loss */
    half_backward(&vq->decoder, s->q, s->decoder.hidden, s->decoder.active, s->dpred, s->z, N, t);
    /* q = z straight through, so dz is dq and that of the commitment */
    vt_kernels_now()->add(s->dz, s->dz, s->z, N * vq->shape.D);
    half_backward(&vq->encoder, x, s->encoder.hidden, s->encoder.active, s->dz, NULL, N, t);
}
