#include "curate/tests.h"
#include "base/log.h"
#include "data/dataset.h"
#include "data/names.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, BLOCK = 1024 };

typedef struct {
    unsigned char sha256[VT_LOOK_ID];
    int32_t test, image;
} entry;

vt_status vt_tests_add(vt_tests *tests, isize test, isize image,
                       const unsigned char sha256[VT_LOOK_ID], const vt_phash *hash, vt_error *err)
{
    isize item = (isize)sizeof(entry);
    vt_status status = vt_buffer_reserve(&tests->list, (tests->count + 1) * item, err);
    if (status == VT_OK) status = vt_near_add(&tests->near, hash, err);
    if (status != VT_OK) return status;
    entry *e = (entry *)tests->list.data + tests->count;
    *e = (entry){.test = (int32_t)test, .image = (int32_t)image};
    tests->count++;
    memcpy(e->sha256, sha256, VT_LOOK_ID);
    return VT_OK;
}

/* ---- the data folder ---- */

typedef struct {
    const vt_dataset *dataset;
    vt_looker **lookers;
    isize first;
    unsigned char sha256[BLOCK][VT_LOOK_ID];
    vt_phash hash[BLOCK];
    vt_status status[BLOCK];
    vt_error err[BLOCK];
} block;

static void block_turn(void *context, isize i, int worker)
{
    block *b = context;
    vt_item item = {.name = "", .key = ""};
    vt_look look;
    vt_curate_options all = {.boxes_column = ""};
    b->status[i] =
        vt_dataset_image(&item.image, b->dataset, VT_SPLIT_TEST, b->first + i, &b->err[i]);
    if (b->status[i] != VT_OK) return;
    b->status[i] = vt_look_at(&look, b->lookers[worker], &all, &item, &b->err[i]);
    memcpy(b->sha256[i], look.sha256, VT_LOOK_ID);
    b->hash[i] = look.hash;
    if (look.dropped != VT_STEP_COUNT) b->hash[i].flat = 1; /* such as cannot be decoded */
}

static vt_status dataset_add(vt_tests *tests, isize test, const vt_dataset *dataset, block *b,
                             vt_pool *pool, vt_error *err)
{
    isize images = vt_dataset_about(dataset)->images[VT_SPLIT_TEST];
    vt_status status = VT_OK;
    b->dataset = dataset;
    for (b->first = 0; b->first < images && status == VT_OK; b->first += BLOCK) {
        isize count = vt_min(BLOCK, images - b->first);
        vt_pool_for(pool, count, block_turn, b);
        for (isize i = 0; i < count && status == VT_OK; i++) {
            status = b->status[i];
            if (status != VT_OK) *err = b->err[i];
            if (status == VT_OK)
                status = vt_tests_add(tests, test, b->first + i, b->sha256[i], &b->hash[i], err);
        }
    }
    return status;
}

static int known(const vt_funnel *funnel, const char *sha256)
{
    const vt_funnel_test *tests = funnel->tests.data;
    for (isize i = 0; i < funnel->test_count; i++)
        if (strcmp(tests[i].sha256, sha256) == 0) return 1;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static vt_status names_list(vt_names *names, const char *data_folder, const char *but,
                            vt_error *err)
{
    vt_status status = VT_OK;
    DIR *folder = opendir(data_folder);
    if (!folder)
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot open: %s", data_folder, strerror(errno));
    for (const struct dirent *file = readdir(folder); file && status == VT_OK;
         file = readdir(folder)) {
        char path[PATH_BYTES];
        int length = snprintf(path, sizeof path, "%s/%s/index.txt", data_folder, file->d_name);
        if (length < 0 || length >= PATH_BYTES || file->d_name[0] == '.') continue;
        if (strcmp(file->d_name, but) == 0 || access(path, R_OK) != 0) continue;
        status = vt_names_add(names, file->d_name, (isize)strlen(file->d_name), err);
    }
    (void)closedir(folder);
    if (names->count > 1)
        qsort(names->items.data, (size_t)names->count, sizeof(char *), compare_names);
    return status;
}

static vt_status name_add(vt_tests *tests, vt_funnel *funnel, const char *folder, const char *name,
                          block *b, vt_pool *pool, vt_error *err)
{
    char path[PATH_BYTES];
    vt_error why;
    vt_dataset *dataset = NULL;
    vt_funnel_test test = {.hits = 0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (vt_dataset_open(&dataset, path, &why) != VT_OK) {
        vt_log("its test split is not compared with: %s", why.text);
        return VT_OK;
    }
    const vt_dataset_info *info = vt_dataset_about(dataset);
    vt_status status = VT_OK;
    if (info->images[VT_SPLIT_TEST] > 0 && !known(funnel, info->sha256)) {
        (void)snprintf(test.name, sizeof test.name, "%s", name);
        (void)snprintf(test.sha256, sizeof test.sha256, "%s", info->sha256);
        test.images = info->images[VT_SPLIT_TEST];
        status = vt_funnel_add_test(funnel, &test, err);
        if (status == VT_OK)
            status = dataset_add(tests, funnel->test_count - 1, dataset, b, pool, err);
    }
    vt_dataset_close(&dataset);
    return status;
}

vt_status vt_tests_read(vt_tests *tests, vt_funnel *funnel, const char *data_folder,
                        const char *but, vt_looker **lookers, vt_pool *pool, vt_error *err)
{
    vt_names names = {0};
    vt_buffer room = {0};
    vt_status status = names_list(&names, data_folder, but, err);
    if (status == VT_OK) status = vt_buffer_reserve(&room, (isize)sizeof(block), err);
    block *b = room.data;
    if (status == VT_OK) b->lookers = lookers;
    for (isize i = 0; i < names.count && status == VT_OK; i++)
        status = name_add(tests, funnel, data_folder, vt_names_list(&names)[i], b, pool, err);
    vt_buffer_finish(&room);
    vt_names_finish(&names);
    return status;
}

/* ---- finding ---- */

static int compare(const void *left, const void *right, void *list)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    const entry *entries = list;
    int order = memcmp(entries[a].sha256, entries[b].sha256, VT_LOOK_ID);
    return order != 0 ? order : (a > b) - (a < b);
}

vt_status vt_tests_sort(vt_tests *tests, vt_error *err)
{
    vt_status status =
        vt_buffer_reserve(&tests->by_bytes, tests->count * (isize)sizeof(int32_t), err);
    if (status != VT_OK) return status;
    int32_t *numbers = tests->by_bytes.data;
    for (isize i = 0; i < tests->count; i++) numbers[i] = (int32_t)i;
    if (tests->count > 1)
        qsort_r(numbers, (size_t)tests->count, sizeof *numbers, compare, tests->list.data);
    return VT_OK;
}

/* The first with these bytes; NULL: none. */
static const entry *bytes_find(const vt_tests *tests, const unsigned char sha256[VT_LOOK_ID])
{
    const entry *list = tests->list.data;
    const int32_t *numbers = tests->by_bytes.data;
    isize low = 0, high = tests->count;
    while (low < high) {
        isize middle = low + (high - low) / 2;
        if (memcmp(list[numbers[middle]].sha256, sha256, VT_LOOK_ID) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == tests->count) return NULL;
    const entry *found = list + numbers[low];
    return memcmp(found->sha256, sha256, VT_LOOK_ID) == 0 ? found : NULL;
}

int vt_tests_find(const vt_tests *tests, const unsigned char sha256[VT_LOOK_ID],
                  const vt_phash *hash, vt_funnel_hit *hit)
{
    const entry *same = bytes_find(tests, sha256);
    vt_near_found near = {.number = -1, .distance = -1, .cosine = 1};
    if (!same) near = vt_near_first(&tests->near, hash);
    if (near.number >= 0) same = (const entry *)tests->list.data + near.number;
    if (!same) return 0;
    *hit = (vt_funnel_hit){
        .test = same->test, .image = same->image, .distance = near.distance, .cosine = near.cosine};
    return 1;
}

void vt_tests_finish(vt_tests *tests)
{
    vt_near_finish(&tests->near);
    vt_buffer_finish(&tests->list);
    vt_buffer_finish(&tests->by_bytes);
    tests->count = 0;
}
