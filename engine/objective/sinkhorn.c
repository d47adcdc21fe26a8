#include "objective/sinkhorn.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <string.h>

enum { PIECE_ROWS = 64, PIECE_COLUMNS = 256, ROUNDS = 3 };

typedef struct {
    vt_real *logits; /* [B, K] */
    isize B, K;
    vt_real sharp, top;
    const vt_real *centre;
    const vt_sinkhorn_work *w;
} job;

static isize pieces(isize count, isize piece)
{
    return (count + piece - 1) / piece;
}

vt_sinkhorn_work vt_sinkhorn_work_plan(isize B, isize K, vt_arena *arena)
{
    vt_sinkhorn_work work;
    work.row = VT_TAKE(arena, vt_real, B);
    work.column = VT_TAKE(arena, vt_real, K);
    work.sum = VT_TAKE(arena, vt_real, B > K ? B : K);
    return work;
}

/* Factors make sums what they should be; one that is 0, of powers too small for a number, stays so.
 */
static void invert(vt_real *factor, const vt_real *sum, isize count, double share)
{
    for (isize i = 0; i < count; i++)
        factor[i] = sum[i] > 0 ? (vt_real)(share / (double)sum[i]) : 0;
}

/* ---- turns of Sinkhorn-Knopp: Q is kept as powers, row factors and column factors ---- */

/* sum[piece] = the greatest of the piece's logits */
static void top_turn(void *context, isize piece, int worker)
{
    const job *j = context;
    isize from = piece * PIECE_ROWS, rows = vt_min(PIECE_ROWS, j->B - from);
    const vt_real *logits = j->logits + from * j->K;
    vt_real top = logits[0];
    (void)worker;
    for (isize i = 1; i < rows * j->K; i++) top = logits[i] > top ? logits[i] : top;
    j->w->sum[piece] = top;
}

static void powers_turn(void *context, isize piece, int worker)
{
    const job *j = context;
    isize from = piece * PIECE_ROWS, rows = vt_min(PIECE_ROWS, j->B - from);
    (void)worker;
    vt_kernels_now()->exp_row(j->logits + from * j->K, rows * j->K, j->sharp, j->top);
}

/* sum[k] = sum over rows of row[b] Q[b, k] */
static void columns_turn(void *context, isize piece, int worker)
{
    const job *j = context;
    isize from = piece * PIECE_COLUMNS, columns = vt_min(PIECE_COLUMNS, j->K - from);
    (void)worker;
    vt_gemm(j->w->sum + from, columns, (vt_extent){1, columns, j->B},
            (vt_factor){j->w->row, j->B, VT_N}, (vt_factor){j->logits + from, j->K, VT_N}, 0);
}

/* sum[b] = sum over columns of Q[b, k] column[k] */
static void rows_turn(void *context, isize piece, int worker)
{
    const job *j = context;
    isize from = piece * PIECE_ROWS, rows = vt_min(PIECE_ROWS, j->B - from);
    (void)worker;
    vt_gemm(j->w->sum + from, 1, (vt_extent){rows, 1, j->K},
            (vt_factor){j->logits + from * j->K, j->K, VT_N}, (vt_factor){j->w->column, 1, VT_N},
            0);
}

static void targets_turn(void *context, isize piece, int worker)
{
    const job *j = context;
    isize from = piece * PIECE_ROWS, to = vt_min(from + PIECE_ROWS, j->B);
    (void)worker;
    for (isize b = from; b < to; b++) {
        vt_real *q = j->logits + b * j->K, by = j->w->row[b] * (vt_real)j->B;
        for (isize k = 0; k < j->K; k++) q[k] *= by * j->w->column[k];
    }
}

void vt_sinkhorn(vt_real *logits, isize B, isize K, double temperature, vt_pool *pool,
                 const vt_sinkhorn_work *w)
{
    job j = {.logits = logits, .B = B, .K = K, .sharp = (vt_real)(1 / temperature), .w = w};
    isize row_pieces = pieces(B, PIECE_ROWS);
    if (B < 1) return;
    /* A factor common to all of Q goes out in the first round: the powers are of numbers <= 0. */
    vt_pool_for(pool, row_pieces, top_turn, &j);
    j.top = w->sum[0];
    for (isize i = 1; i < row_pieces; i++) j.top = w->sum[i] > j.top ? w->sum[i] : j.top;
    vt_pool_for(pool, row_pieces, powers_turn, &j);
    for (isize b = 0; b < B; b++) w->row[b] = 1;
    for (int round = 0; round < ROUNDS; round++) {
        vt_pool_for(pool, pieces(K, PIECE_COLUMNS), columns_turn, &j);
        invert(w->column, w->sum, K, 1 / (double)K);
        vt_pool_for(pool, row_pieces, rows_turn, &j);
        invert(w->row, w->sum, B, 1 / (double)B);
    }
    vt_pool_for(pool, row_pieces, targets_turn, &j);
}

/* ---- centring ---- */

static void softmax_turn(void *context, isize piece, int worker)
{
    const job *j = context;
    isize from = piece * PIECE_ROWS, to = vt_min(from + PIECE_ROWS, j->B);
    (void)worker;
    for (isize b = from; b < to; b++) {
        vt_real *row = j->logits + b * j->K;
        for (isize k = 0; k < j->K; k++) row[k] -= j->centre[k];
        vt_kernels_now()->softmax_row(row, j->K, j->K, j->sharp);
    }
}

void vt_centred_softmax(vt_real *logits, const vt_real *centre, isize B, isize K,
                        double temperature, vt_pool *pool)
{
    job j = {
        .logits = logits, .B = B, .K = K, .sharp = (vt_real)(1 / temperature), .centre = centre};
    vt_pool_for(pool, pieces(B, PIECE_ROWS), softmax_turn, &j);
}

void vt_column_means(vt_real *mean, const vt_real *logits, isize B, isize K)
{
    memset(mean, 0, (size_t)K * sizeof *mean);
    vt_kernels_now()->sum_rows(mean, logits, B, K);
    for (isize k = 0; B > 0 && k < K; k++) mean[k] /= (vt_real)B;
}
