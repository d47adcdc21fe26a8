/* Who sees whom: the masks by hand, and what must not reach what. */
#include "model/attention.h"
#include "check.h"
#include "core_fixture.h"
#include <math.h>
#include <string.h>

static void limits_are_those_of_the_masks(void)
{
    static const int32_t prefix[] = {1, 3, 4};
    static const isize want[3][4] = {{1, 2, 3, 4}, {3, 3, 3, 4}, {4, 4, 4, 4}};
    vt_pass pass = {3, 4, VT_MASK_PREFIX, prefix};
    for (isize image = 0; image < 3; image++)
        for (isize row = 0; row < 4; row++) {
            pass.mask = VT_MASK_PREFIX;
            CU_ASSERT_EQUAL(vt_pass_limit(&pass, image, row), want[image][row]);
            pass.mask = VT_MASK_CAUSAL;
            CU_ASSERT_EQUAL(vt_pass_limit(&pass, image, row), row + 1);
            pass.mask = VT_MASK_NONE;
            CU_ASSERT_EQUAL(vt_pass_limit(&pass, image, row), 4);
        }
}

/* ---- three tokens by hand ---- */

/* Width 2, one head of 2 channels, proj the identity; q = (a, 0), k = (b, 0) with a = 0, ln 2 √2,
 * 0 and b = 0, 1, 2, so row 1 weighs its keys 1 : 2 : 4 and the others weigh them alike. v = (c, c)
 * with c = 7, 14, 28. */
enum { T = 3, C = 2 };

static void three_tokens_mix_as_worked_by_hand(void)
{
    static const struct {
        vt_mask_kind mask;
        int32_t prefix;
        double want[T];
    } cases[] = {
        {VT_MASK_NONE, 0, {49 / 3.0, 21, 49 / 3.0}}, /* (7 + 28 + 112) / 7 = 21 */
        {VT_MASK_CAUSAL, 0, {7, 35 / 3.0, 49 / 3.0}}, /* (7 + 28) / 3 */
        {VT_MASK_PREFIX, 1, {7, 35 / 3.0, 49 / 3.0}},
        {VT_MASK_PREFIX, 2, {21 / 2.0, 35 / 3.0, 49 / 3.0}},
        {VT_MASK_PREFIX, 3, {49 / 3.0, 21, 49 / 3.0}},
    };
    /* x carries (selector, value): q reads the first channel, k and v the second. */
    vt_real qkv[3 * C * C] = {0}, proj[C * C] = {1, 0, 0, 1};
    vt_real x[T * C], y[T * C], saved_qkv[T * 3 * C], share[T * T], mixed[T * C];
    static const double key[T] = {0, 1, 2}, value[T] = {7, 14, 28};
    for (int first = 0; first < 2; first++) {
        /* A second run with x turned round shows that rows of the weight are q, k, v in order. */
        vt_attn attn = {{.weight = {qkv, NULL, 3 * C, C}}, {.weight = {proj, NULL, C, C}}, 1};
        vt_attn_saved saved = {saved_qkv, share, mixed};
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            vt_pass pass = {1, T, cases[c].mask, &cases[c].prefix};
            memset(qkv, 0, sizeof qkv);
            qkv[0 * C + first] = (vt_real)(log(2) * sqrt(2)); /* q_0 = x_first ln 2 √2 */
            qkv[2 * C + 1 - first] = 1;                       /* k_0 = x_other */
            for (int t = 0; t < T; t++) {
                x[t * C + first] = t == 1;
                x[t * C + 1 - first] = (vt_real)key[t];
            }
            /* v = 7 + 7 k + 3.5 k (k - 1) is not linear, so it is put in after the product: mixed
             * is checked against the shares instead, and the shares against the hand. */
            vt_attn_forward(&attn, &saved, &pass, x, y);
            for (int t = 0; t < T; t++) {
                double sum = 0;
                for (int k = 0; k < T; k++) sum += (double)share[t * T + k] * value[k];
                check_near("mixed value", sum, cases[c].want[t], core_bound(1e-5, 1e-13));
            }
        }
    }
}
