#include "curate/near.h"
#include <string.h>

enum { WORDS = 3 };
static const int WIDTH[WORDS] = {21, 21, 22}, SHIFT[WORDS] = {0, 21, 42};
static const isize FIRST[WORDS + 1] = {0, 1 << 21, 1 << 22, 1 << 23}; /* list of a word's value 0 */

static uint64_t word_of(uint64_t bits, int word)
{
    return bits >> SHIFT[word] & ((UINT64_C(1) << WIDTH[word]) - 1);
}

vt_status vt_near_add(vt_near *near, const vt_phash *hash, vt_error *err)
{
    VT_ASSERT(near->count < INT32_MAX - 1);
    isize n = near->count, item = (isize)sizeof(int32_t);
    vt_status status = vt_buffer_reserve(&near->bits, (n + 1) * (isize)sizeof(uint64_t), err);
    if (status == VT_OK) status = vt_buffer_reserve(&near->shapes, (n + 1) * VT_PHASH_BITS, err);
    if (status == VT_OK) status = vt_buffer_reserve(&near->nexts, (n + 1) * WORDS * item, err);
    if (status == VT_OK) status = vt_buffer_reserve(&near->heads, FIRST[WORDS] * item, err);
    if (status != VT_OK) return status;
    near->count++;
    if (hash->flat) return VT_OK; /* it has a number, and is in no list */
    int32_t *heads = near->heads.data, *nexts = (int32_t *)near->nexts.data + n * WORDS;
    ((uint64_t *)near->bits.data)[n] = hash->bits;
    memcpy((signed char *)near->shapes.data + n * VT_PHASH_BITS, hash->shape, VT_PHASH_BITS);
    for (int w = 0; w < WORDS; w++) {
        int32_t *head = heads + FIRST[w] + word_of(hash->bits, w);
        nexts[w] = *head;
        *head = (int32_t)n + 1;
    }
    return VT_OK;
}

/* Takes what is earlier than *found and the same picture from one list. */
static void list_look(const vt_near *near, int word, uint64_t value, const vt_phash *hash,
                      vt_near_found *found)
{
    const int32_t *heads = near->heads.data, *nexts = near->nexts.data;
    const uint64_t *bits = near->bits.data;
    const signed char *shapes = near->shapes.data;
    isize next = 0;
    for (isize at = heads[FIRST[word] + (isize)value]; at > 0; at = next) {
        isize n = at - 1;
        next = nexts[n * WORDS + word];
        int distance = vt_phash_distance(bits[n], hash->bits);
        if (distance > VT_PHASH_NEAR || (found->number >= 0 && found->number <= n)) continue;
        double cosine = vt_phash_cosine(shapes + n * VT_PHASH_BITS, hash->shape);
        if (cosine >= VT_PHASH_ALIKE) *found = (vt_near_found){n, distance, cosine};
    }
}

vt_near_found vt_near_first(const vt_near *near, const vt_phash *hash)
{
    vt_near_found found = {.number = -1};
    if (near->count == 0 || hash->flat) return found;
    for (int w = 0; w < WORDS; w++) {
        uint64_t own = word_of(hash->bits, w), one = 1;
        list_look(near, w, own, hash, &found);
        for (int i = 0; i < WIDTH[w]; i++) {
            list_look(near, w, own ^ one << i, hash, &found);
            for (int j = 0; j < i; j++) list_look(near, w, own ^ one << i ^ one << j, hash, &found);
        }
    }
    return found;
}

void vt_near_finish(vt_near *near)
{
    vt_buffer_finish(&near->heads);
    vt_buffer_finish(&near->nexts);
    vt_buffer_finish(&near->bits);
    vt_buffer_finish(&near->shapes);
    near->count = 0;
}
