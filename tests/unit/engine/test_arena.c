/* The arena's plan-twice contract, and the heap that it stands on. */
#include "base/arena.h"
#include "base/heap.h"
#include "check.h"
#include "core_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static vt_error err;

typedef struct {
    char *a;
    double *b, *none;
    int64_t *c;
} parts;

static parts plan(vt_arena *arena)
{
    parts p;
    p.a = VT_TAKE(arena, char, 3);
    p.b = VT_TAKE(arena, double, 9);
    p.none = VT_TAKE(arena, double, 0);
    p.c = VT_TAKE(arena, int64_t, 8);
    return p;
}

static void the_same_plan_counts_and_cuts(void)
{
    vt_arena arena = {0};
    parts p = plan(&arena);
    CU_ASSERT(p.a == NULL && p.b == NULL && p.c == NULL);
    CU_ASSERT_EQUAL(arena.used, 64 + 128 + 0 + 64);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&arena, &err), VT_OK);
    CU_ASSERT(arena.used == 0 && arena.capacity == 256);
    p = plan(&arena);
    CU_ASSERT_EQUAL(arena.used, arena.capacity);
    CU_ASSERT_EQUAL((uintptr_t)p.a % 64, 0);
    CU_ASSERT_EQUAL((uintptr_t)p.b % 64, 0);
    CU_ASSERT_EQUAL((uintptr_t)p.c % 64, 0);
    for (int i = 0; i < 256; i++) CU_ASSERT_EQUAL(arena.base[i], 0);
    memset(p.a, 1, 3);
    memset(p.b, 2, 9 * sizeof *p.b);
    memset(p.c, 3, 8 * sizeof *p.c);
    CU_ASSERT(p.a[2] == 1 && ((char *)p.b)[0] == 2 && ((char *)p.b)[71] == 2);
    vt_arena_close(&arena);
    CU_ASSERT(arena.base == NULL && arena.used == 0 && arena.capacity == 0);
    vt_arena_close(&arena);
}

static void take_too_much(void)
{
    vt_arena arena = {.used = 64};
    if (vt_arena_open(&arena, &err) == VT_OK) (void)VT_TAKE(&arena, char, 65);
}

static void take_less_than_none(void)
{
    vt_arena arena = {0};
    (void)VT_TAKE(&arena, char, -1);
}

static void take_more_than_can_be_counted(void)
{
    vt_arena arena = {0};
    (void)VT_TAKE(&arena, double, PTRDIFF_MAX / 8);
}

static void add_up_to_more_than_can_be_counted(void)
{
    vt_arena arena = {0};
    for (int i = 0; i < 3; i++) (void)VT_TAKE(&arena, char, PTRDIFF_MAX / 2 - 64);
}

static void a_second_plan_that_differs_is_stopped(void)
{
    CU_ASSERT(core_aborts(take_too_much));
    CU_ASSERT(core_aborts(take_less_than_none));
    CU_ASSERT(core_aborts(take_more_than_can_be_counted));
    CU_ASSERT(core_aborts(add_up_to_more_than_can_be_counted));
}

static void the_heap_gives_zeroed_aligned_counted_memory(void)
{
    uint64_t before = vt_heap_count();
    void *block = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_heap_alloc(&block, 100, &err), VT_OK);
    CU_ASSERT_EQUAL((uintptr_t)block % 64, 0);
    unsigned char *bytes = block;
    for (unsigned char i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(bytes[i], 0);
        bytes[i] = i;
    }
    CU_ASSERT_EQUAL(vt_heap_grow(&block, 100, 1000, &err), VT_OK);
    bytes = block;
    for (int i = 0; i < 1000; i++) CU_ASSERT_EQUAL(bytes[i], i < 100 ? i : 0);
    CU_ASSERT_EQUAL(vt_heap_count() - before, 2);
    vt_heap_free(&block);
    CU_ASSERT_PTR_NULL(block);
    vt_heap_free(&block);
    CU_ASSERT_EQUAL(vt_heap_alloc(&block, 0, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL(block);
    vt_heap_free(&block);
}

/* Pages in memory, of this process. */
static long resident(void)
{
    char text[128] = "", *rest = NULL;
    FILE *file = fopen("/proc/self/statm", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_PTR_NOT_NULL(fgets(text, sizeof text, file));
    CU_ASSERT_EQUAL(fclose(file), 0);
    CU_ASSERT(strtol(text, &rest, 10) > 0); /* the whole address space */
    return strtol(rest, NULL, 10);
}

/* Nothing to speak of has come since; what a sanitizer keeps beside it does not count. */
static int light(long before, isize bytes)
{
#if defined(VT_SANITIZED)
    return before > 0 && bytes > 0;
#else
    return (resident() - before) * sysconf(_SC_PAGESIZE) < bytes / 8;
#endif
}

/* What is planned for the worst case and never used takes no memory. */
static void a_large_block_is_zero_and_takes_what_is_used_of_it(void)
{
    enum { BYTES = 256 << 20, STEP = 4093 };
    for (int round = 0; round < 2; round++) {
        void *block = NULL;
        long before = resident();
        CU_ASSERT_EQUAL_FATAL(vt_heap_alloc(&block, BYTES, &err), VT_OK);
        CU_ASSERT_EQUAL((uintptr_t)block % 64, 0);
        CU_ASSERT(light(before, BYTES));
        unsigned char *bytes = block;
        int wrong = 0;
        for (isize i = 0; i < BYTES; i += STEP) wrong += bytes[i] != 0;
        wrong += bytes[BYTES - 1] != 0;
        memset(bytes, 1, BYTES);
        CU_ASSERT_EQUAL(wrong, 0);
        vt_heap_free(&block);
        CU_ASSERT_PTR_NULL(block);
        CU_ASSERT(light(before, BYTES));
    }
}

static void blocks_of_every_size_are_aligned_and_apart(void)
{
    enum { SIZES = 300 };
    unsigned char *blocks[SIZES];
    for (int i = 0; i < SIZES; i++) {
        void *block = NULL;
        CU_ASSERT_EQUAL_FATAL(vt_heap_alloc(&block, i, &err), VT_OK);
        CU_ASSERT_EQUAL((uintptr_t)block % 64, 0);
        blocks[i] = block;
        for (int k = 0; k < i; k++) CU_ASSERT_EQUAL(blocks[i][k], 0);
        memset(block, i % 255 + 1, (size_t)i);
    }
    for (int i = 0; i < SIZES; i++) {
        void *block = blocks[i];
        for (int k = 0; k < i; k++) CU_ASSERT_EQUAL(blocks[i][k], i % 255 + 1);
        vt_heap_free(&block);
    }
}

static void too_much_memory_is_refused_and_the_block_stays(void)
{
#if !defined(VT_SANITIZED)
    void *block = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_heap_alloc(&block, 8, &err), VT_OK);
    memcpy(block, "content", 8);
    CU_ASSERT_EQUAL(vt_heap_grow(&block, 8, (isize)1 << 60, &err), VT_ERR_MEMORY);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "1152921504606846976 bytes"));
    void *other = &err;
    for (isize less = 0; less < 200; less++) { /* what is put around it does not wrap around */
        CU_ASSERT_EQUAL(vt_heap_alloc(&other, PTRDIFF_MAX - less, &err), VT_ERR_MEMORY);
        CU_ASSERT_PTR_NULL(other);
    }
    CU_ASSERT_STRING_EQUAL((char *)block, "content");
    vt_heap_free(&block);
#else
    check_skip("memory that cannot be had", "a sanitizer stops the program instead");
#endif
}

SUITE(arena, {"the same plan counts and cuts", the_same_plan_counts_and_cuts},
      {"a second plan that differs is stopped", a_second_plan_that_differs_is_stopped},
      {"the heap gives zeroed, aligned, counted memory",
       the_heap_gives_zeroed_aligned_counted_memory},
      {"a large block is zero and takes what is used of it",
       a_large_block_is_zero_and_takes_what_is_used_of_it},
      {"blocks of every size are aligned and apart", blocks_of_every_size_are_aligned_and_apart},
      {"too much memory is refused and the block stays",
       too_much_memory_is_refused_and_the_block_stays})
