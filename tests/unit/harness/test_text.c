/* Numbers as people and programs read them. */
#include "base/text.h"
#include "check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fewest digits that read back to the same double, found by trying all. */
static void shortest(double value, char out[32])
{
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value) return;
    }
}

static void numbers_have_the_fewest_digits_that_read_back(void)
{
    static const double values[] = {0,
                                    -0.0,
                                    1,
                                    -1,
                                    10,
                                    100,
                                    0.1,
                                    0.3,
                                    1e22,
                                    1e23,
                                    5e-324,
                                    2.2250738585072014e-308,
                                    1.7976931348623157e308,
                                    123456789012345678.0,
                                    1234567890123456.0,
                                    999999999999999.9,
                                    0.1 + 0.2,
                                    1.0 / 3,
                                    9007199254740993.0,
                                    1e15,
                                    123456.5,
                                    4.35,
                                    2.675,
                                    100000000000000.02,
                                    9.5e-7,
                                    1e-7};
    char want[32];
    uint64_t bits = 1;
    for (size_t i = 0; i < 20000 + sizeof values / sizeof *values; i++) {
        double value = 0;
        bits = bits * 6364136223846793005U + 1442695040888963407U;
        if (i < sizeof values / sizeof *values)
            value = values[i];
        else if (i % 2)
            value = (double)(bits >> 40) / (double)(1 + i % 1000);
        else
            memcpy(&value, &bits, sizeof value);
        if (value != value || value - value != 0) continue; /* NaN and infinities have words */
        shortest(value, want);
        if (strcmp(lab_short_real(value).text, want) != 0)
            (void)printf("\n    %s, want %s\n", lab_short_real(value).text, want);
        CU_ASSERT_FATAL(strcmp(lab_short_real(value).text, want) == 0);
    }
}

SUITE(text, {"numbers have the fewest digits that read back",
             numbers_have_the_fewest_digits_that_read_back})
