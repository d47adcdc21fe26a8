/* Orders of patches: the published lists, and that each is an order of every grid. */
#include "check.h"
#include "model/order.h"
#include "wire/keys.h"
#include <string.h>

enum { SIDES = 12 };

static void check_list(vt_order order, const int32_t want[16])
{
    int32_t places[16];
    vt_order_fill(places, order, 4);
    for (int t = 0; t < 16; t++) CU_ASSERT_EQUAL(places[t], want[t]);
}

/* The lists of a 4 x 4 grid in aim.md 1.7. */
static void the_published_lists(void)
{
    check_list(VT_ORDER_RASTER, (int32_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
    check_list(VT_ORDER_REVERSE, (int32_t[]){15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
    check_list(VT_ORDER_COLUMNS, (int32_t[]){0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15});
    check_list(VT_ORDER_COLUMNS_REVERSE,
               (int32_t[]){15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0});
    check_list(VT_ORDER_SPIRAL, (int32_t[]){6, 10, 9, 5, 1, 2, 3, 7, 11, 15, 14, 13, 12, 8, 4, 0});
    check_list(VT_ORDER_CHECKERBOARD,
               (int32_t[]){0, 2, 5, 7, 8, 10, 13, 15, 1, 3, 4, 6, 9, 11, 12, 14});
}

static void a_spiral_of_an_odd_grid_begins_in_its_middle(void)
{
    static const int32_t want[] = {4, 1, 2, 5, 8, 7, 6, 3, 0};
    int32_t places[9];
    vt_order_fill(places, VT_ORDER_SPIRAL, 3);
    for (int t = 0; t < 9; t++) CU_ASSERT_EQUAL(places[t], want[t]);
}

static void an_order_has_every_patch_once(void)
{
    for (int order = 0; order < VT_ORDERS; order++)
        for (int side = 1; side <= SIDES; side++) {
            int32_t places[SIDES * SIDES + 1];
            int seen[SIDES * SIDES] = {0};
            places[side * side] = -7;
            vt_order_fill(places, (vt_order)order, side);
            for (int t = 0; t < side * side; t++) {
                CU_ASSERT_FATAL(places[t] >= 0 && places[t] < side * side);
                CU_ASSERT_EQUAL(seen[places[t]]++, 0);
            }
            CU_ASSERT_EQUAL(places[side * side], -7);
        }
}

/* Steps of a walk go to a neighbour, those of a shuffle seldom. */
static void the_random_order_is_one_and_has_no_rows(void)
{
    enum { SIDE = 16, COUNT = SIDE * SIDE };
    int32_t places[COUNT], again[COUNT];
    int in_place = 0, neighbours = 0;
    vt_order_fill(places, VT_ORDER_RANDOM, SIDE);
    vt_order_fill(again, VT_ORDER_RANDOM, SIDE);
    CU_ASSERT(memcmp(places, again, sizeof places) == 0);
    for (int t = 0; t < COUNT; t++) {
        in_place += places[t] == t;
        neighbours += t > 0 && (places[t] == places[t - 1] + 1 || places[t] == places[t - 1] - 1);
    }
    CU_ASSERT(in_place < 8 && neighbours < 12); /* about 1 and 2 by chance */
}

/* Each choice of the key names the order that it says. */
static void every_name_of_the_key_is_an_order(void)
{
#define CHOICES(type, field, name, task, unit, initial, min, max, choices, help) {name, choices},
    static const struct {
        const char *name, *choices;
    } keys[] = {WIRE_KEYS(CHOICES)};
#undef CHOICES
    static const char *const names[] = {"raster", "reverse",      "columns", "columns_reverse",
                                        "spiral", "checkerboard", "random"};
    const char *choices = NULL;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (strcmp(keys[k].name, "model.order") == 0) choices = keys[k].choices;
    CU_ASSERT_FATAL(choices != NULL);
    for (int order = 0; order < VT_ORDERS; order++) {
        size_t bytes = strcspn(choices, "|");
        CU_ASSERT(strlen(names[order]) == bytes && strncmp(choices, names[order], bytes) == 0);
        CU_ASSERT_EQUAL((int)vt_order_named(names[order]), order);
        choices += bytes + (choices[bytes] == '|');
    }
    CU_ASSERT_STRING_EQUAL(choices, "");
    CU_ASSERT_EQUAL(vt_order_named("zigzag"), VT_ORDERS);
}

SUITE(order, {"the published lists", the_published_lists},
      {"a spiral of an odd grid begins in its middle",
       a_spiral_of_an_odd_grid_begins_in_its_middle},
      {"an order has every patch once", an_order_has_every_patch_once},
      {"the random order is one and has no rows", the_random_order_is_one_and_has_no_rows},
      {"every name of the key is an order", every_name_of_the_key_is_an_order})
