#include "base/nearest.h"
#include <stdio.h>
#include <string.h>

static int min_of(int a, int b)
{
    return a < b ? a : b;
}

int lab_nearest_distance(const char *a, const char *b)
{
    int rows[3][LAB_NEAREST_BYTES];
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n >= LAB_NEAREST_BYTES || m >= LAB_NEAREST_BYTES) return LAB_NEAREST_BYTES;
    for (int j = 0; j <= m; j++) rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; j++) {
            now[j] =
                min_of(min_of(last[j] + 1, now[j - 1] + 1), last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = min_of(now[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

lab_nearest lab_nearest_to(const char *wanted)
{
    return (lab_nearest){wanted, "", min_of(4, 1 + (int)strlen(wanted) / 3) + 1};
}

void lab_nearest_offer(lab_nearest *nearest, const char *name)
{
    size_t bytes = strlen(nearest->wanted);
    int distance = lab_nearest_distance(nearest->wanted, name);
    /* What was typed may be all that was remembered of a longer name. */
    if (bytes >= 3 && strncmp(name, nearest->wanted, bytes) == 0 && distance > 2) distance = 2;
    if (distance >= nearest->distance) return;
    nearest->distance = distance;
    (void)snprintf(nearest->name, sizeof nearest->name, "%s", name);
}
