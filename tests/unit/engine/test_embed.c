/* From pixels to tokens in every way that a pass can ask for, against the plain form: a class
 * token, mask tokens, places in another order, of a subset, and of smaller images. */
#include "check.h"
#include "core_fixture.h"
#include "model/trunk.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { IMAGES = 3, PX = 9, PATCH = 3, SIDE = 3, PLACES = 9, CHANNELS = 2, P = 18, C = 12 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_embed embed;
    vt_embed_saved saved;
    vt_scratch scratch;
    vt_real *images, *tokens;
    vt_pass pass;
} bench;

static void carve(bench *b, const vt_trunk_shape *shape)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_embed_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->embed = vt_embed_plan(shape, &b->params, &b->arena);
    b->saved = vt_embed_saved_plan(shape, IMAGES, &b->arena);
    vt_scratch_size size = {.rows = IMAGES * (PLACES + 1), .width = C, .input = P};
    b->scratch = vt_scratch_plan(&b->arena, &size);
    b->images = VT_TAKE(&b->arena, vt_real, (isize)IMAGES * CHANNELS * PX * PX);
    b->tokens = VT_TAKE(&b->arena, vt_real, (isize)IMAGES * (PLACES + 1) * C);
}

/* pass.T: of patch tokens alone. */
static void bench_open(bench *b, const vt_pass *pass, int class_token)
{
    vt_trunk_shape shape = {.image_px = PX,
                            .small_px = pass->tokens.side * PATCH,
                            .patch_px = PATCH,
                            .channels = CHANNELS,
                            .width = C,
                            .depth = 1,
                            .heads = 3,
                            .norm_eps = 1e-6,
                            .class_token = class_token,
                            .mask_token = pass->tokens.masked != NULL};
    vt_error err = {0};
    *b = (bench){.pass = *pass};
    b->pass.T += class_token;
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, &shape);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, &shape);
    core_fill(b->params.values, b->params.size, 3);
    core_fill(b->images, (isize)IMAGES * CHANNELS * PX * PX, 4);
}

/* ---- the plain form ---- */

/* y [C]: the token of one patch at a row and column of an image with `px` pixels a side. */
static void plain_token(double *y, const bench *b, const vt_real *image, int px, int row, int col)
{
    double patch[P], x[C];
    for (int i = 0; i < P; i++)
        patch[i] = (double)image[i / (PATCH * PATCH) * px * px +
                                 (row * PATCH + i / PATCH % PATCH) * px + col * PATCH + i % PATCH];
    for (int c = 0; c < C; c++) x[c] = (double)b->embed.patch.bias.value[c];
    core_product(x, b->embed.patch.weight.value, patch, C, P);
    core_norm(y, x, b->embed.norm.weight.value, b->embed.norm.bias.value, C);
}

/* At a row and column of a grid of `side` patches a side, spread over SIDE of them. */
static void plain_position(double *y, int side, int row, int col)
{
    double apart = (double)SIDE / side, to_row = (row + 0.5) * apart - 0.5,
           to_col = (col + 0.5) * apart - 0.5;
    for (int c = 0; c < C; c++) {
        double angle = (c < C / 2 ? to_col : to_row) * pow(10000, -(double)(c % (C / 4)) / (C / 4));
        y[c] += c / (C / 4) % 2 ? cos(angle) : sin(angle);
    }
}

static void check_tokens(const bench *b)
{
    const vt_pass *pass = &b->pass;
    int side = pass->tokens.side ? pass->tokens.side : SIDE, px = side * PATCH;
    int first = b->embed.shape.class_token;
    for (int i = 0; i < pass->B; i++) {
        const vt_real *image =
            b->images + (pass->image_of ? pass->image_of[i] : i) * CHANNELS * px * px;
        const vt_real *token = b->tokens + i * pass->T * C;
        if (first) CU_ASSERT(core_same(token, b->embed.class_token.value, C));
        for (int t = 0; t < pass->T - first; t++) {
            const vt_tokens *tokens = &pass->tokens;
            int place = tokens->places ? tokens->places[i * tokens->places_ld + t] : t;
            int row = place / side, col = place % side, n = i * (int)(pass->T - first) + t;
            double want[C];
            plain_token(want, b, image, px, row, col);
            for (int c = 0; tokens->masked && tokens->masked[n] && c < C; c++)
                want[c] = (double)b->embed.mask_token.value[c];
            plain_position(want, side, row, col);
            for (int c = 0; c < C; c++)
                check_near("token", (double)token[(first + t) * C + c], want[c],
                           core_bound(2e-5, 1e-13));
            CU_ASSERT_EQUAL(b->saved.place_of[n], place);
        }
    }
}

static void check_embed(const vt_pass *pass)
{
    for (int class_token = 0; class_token < 2; class_token++) {
        bench b;
        bench_open(&b, pass, class_token);
        vt_embed_forward(&b.embed, &b.saved, &b.pass, b.images, b.tokens, &b.scratch);
        check_tokens(&b);
        vt_arena_close(&b.arena);
    }
}

/* ---- what a pass can ask for ---- */

static const int32_t order[] = {4, 0, 8, 2, 6, 1, 7, 3, 5}, image_of[] = {2, 0, 1},
                     own_order[] = {4, 0, 8, 2, 1, 3, 5, 7, 8, 7, 6, 5};

static void every_patch_in_raster_order(void)
{
    check_embed(&(vt_pass){.B = IMAGES, .T = PLACES});
    check_embed(&(vt_pass){.B = 2, .T = PLACES, .image_of = image_of});
}

static void a_patch_keeps_its_position_wherever_its_token_stands(void)
{
    check_embed(&(vt_pass){.B = IMAGES, .T = PLACES, .tokens = {.places = order}});
}

static void each_image_may_have_places_of_its_own_and_only_some(void)
{
    vt_tokens tokens = {.places = own_order, .places_ld = 4};
    check_embed(&(vt_pass){.B = IMAGES, .T = 4, .image_of = image_of, .tokens = tokens});
    check_embed(&(vt_pass){.B = IMAGES, .T = 1, .tokens = {.places = own_order, .places_ld = 1}});
}

static void the_mask_token_hides_the_patch_and_not_its_position(void)
{
    static const int32_t masked[IMAGES * PLACES] = {1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0,
                                                    0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    vt_tokens tokens = {.masked = masked};
    check_embed(&(vt_pass){.B = IMAGES, .T = PLACES, .tokens = tokens});
    tokens.places = order;
    check_embed(&(vt_pass){.B = IMAGES, .T = PLACES, .tokens = tokens});
}

static void positions_of_smaller_images_lie_spread(void)
{
    static const int32_t some[] = {3, 1};
    check_embed(&(vt_pass){.B = IMAGES, .T = 4, .image_of = image_of, .tokens = {.side = 2}});
    check_embed(&(vt_pass){.B = IMAGES, .T = 2, .tokens = {.places = some, .side = 2}});
    check_embed(&(vt_pass){.B = IMAGES, .T = 1, .tokens = {.side = 1}});
}

static void embed_with_a_mask_and_no_token_for_it(void)
{
    static const int32_t masked[IMAGES * PLACES] = {1};
    vt_pass plain = {.B = IMAGES, .T = PLACES};
    bench b;
    bench_open(&b, &plain, 0);
    b.pass.tokens.masked = masked;
    vt_embed_forward(&b.embed, &b.saved, &b.pass, b.images, b.tokens, &b.scratch);
}

static void a_mask_without_a_mask_token_is_stopped(void)
{
    CU_ASSERT(core_aborts(embed_with_a_mask_and_no_token_for_it));
}

SUITE(embed, {"every patch in raster order", every_patch_in_raster_order},
      {"a patch keeps its position wherever its token stands",
       a_patch_keeps_its_position_wherever_its_token_stands},
      {"each image may have places of its own, and only some",
       each_image_may_have_places_of_its_own_and_only_some},
      {"the mask token hides the patch and not its position",
       the_mask_token_hides_the_patch_and_not_its_position},
      {"positions of smaller images lie spread over the grid",
       positions_of_smaller_images_lie_spread},
      {"a mask without a mask token is stopped", a_mask_without_a_mask_token_is_stopped})
