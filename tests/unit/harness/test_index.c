/* Numbers by name. */
#include "base/index.h"
#include "check.h"
#include <stdio.h>

static void names_keep_their_first_number(void)
{
    lab_index index = {0};
    char name[32];
    CU_ASSERT(lab_index_find(&index, "") == -1);
    for (isize i = 0; i < 3000; i++) {
        (void)snprintf(name, sizeof name, "name %td", i % 1000);
        CU_ASSERT(lab_index_put(&index, name, i) == i % 1000);
    }
    CU_ASSERT(index.count == 1000);
    CU_ASSERT(lab_index_find(&index, "name 999") == 999);
    CU_ASSERT(lab_index_find(&index, "name 1000") == -1);
    CU_ASSERT(lab_index_put(&index, "", 7) == 7 && lab_index_find(&index, "") == 7);
    lab_index_finish(&index);
    CU_ASSERT(index.count == 0 && lab_index_find(&index, "name 1") == -1);
}

static void a_kept_name_is_the_same_for_ever(void)
{
    lab_index index = {0};
    char name[32] = "first";
    const char *first = lab_index_keep(&index, name);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "name %d", i);
        CU_ASSERT(lab_index_keep(&index, name) != name);
    }
    CU_ASSERT_STRING_EQUAL(first, "first");
    CU_ASSERT(lab_index_keep(&index, "first") == first);
    lab_index_finish(&index);
}

SUITE(index, {"names keep their first number", names_keep_their_first_number},
      {"a kept name is the same for ever", a_kept_name_is_the_same_for_ever})
