/* The curve on disk: what a resumed run sends again, keeps, and drops. */
#include "check.h"
#include "data_fixture.h"
#include "train/history.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static vt_error err;
static char folder[FIXTURE_PATH], text[4096];

/* What went to the reader: a file stands for it. */
static vt_sink reader_open(void)
{
    char path[FIXTURE_PATH];
    fixture_path(path, folder, "sent");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CU_ASSERT_FATAL(fd >= 0);
    return (vt_sink){.fd = fd};
}

static const char *content(const char *name)
{
    isize bytes = fixture_read(folder, name, text, (isize)sizeof text - 1);
    text[bytes < 0 ? 0 : bytes] = '\0';
    return bytes < 0 ? "(none)" : text;
}

/* Opens at a step, adds points of the given steps with value step / 4, and closes. Returns how many
 * points are in the file then. */
static int64_t run(int64_t from, const int64_t *steps, int count)
{
    vt_history history;
    vt_sink sink = reader_open();
    CU_ASSERT_EQUAL_FATAL(vt_history_open(&history, folder, from, &sink, &err), VT_OK);
    for (int i = 0; i < count; i++)
        CU_ASSERT_EQUAL(
            vt_history_point(&history, steps[i], "train", "loss", (double)steps[i] / 4, &err),
            VT_OK);
    CU_ASSERT_EQUAL(vt_history_sync(&history, &err), VT_OK);
    int64_t lines = history.lines;
    vt_history_close(&history);
    vt_history_close(&history);
    (void)close(sink.fd);
    return lines;
}

#define P1 "point\t1\ttrain\tloss\t0.25\n"
#define P2 "point\t2\ttrain\tloss\t0.5\n"
#define P3 "point\t3\ttrain\tloss\t0.75\n"

static void points_go_to_the_reader_and_the_file(void)
{
    fixture_folder(folder);
    CU_ASSERT_EQUAL(run(0, (const int64_t[]){1, 2}, 2), 2);
    CU_ASSERT_STRING_EQUAL(content("sent"), P1 P2);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"), P1 P2);
    fixture_remove(folder);
}

static void a_resume_sends_the_kept_points_and_drops_those_behind(void)
{
    fixture_folder(folder);
    (void)run(0, (const int64_t[]){1, 2, 3}, 3);
    CU_ASSERT_EQUAL(run(2, NULL, 0), 2);
    CU_ASSERT_STRING_EQUAL(content("sent"), P1 P2);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"), P1 P2);
    CU_ASSERT_EQUAL(run(2, (const int64_t[]){3}, 1), 3);
    CU_ASSERT_STRING_EQUAL(content("sent"), P1 P2 P3);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"), P1 P2 P3);
    fixture_remove(folder);
}

/* What a run tells before its first step, a checkpoint of step 0 keeps. */
static void without_a_checkpoint_it_starts_afresh(void)
{
    fixture_folder(folder);
    (void)run(-1, (const int64_t[]){0, 1, 2}, 3);
    CU_ASSERT_EQUAL(run(0, (const int64_t[]){1}, 1), 2);
    CU_ASSERT_STRING_EQUAL(content("sent"), "point\t0\ttrain\tloss\t0\n" P1);
    CU_ASSERT_EQUAL(run(-1, (const int64_t[]){0, 1}, 2), 2);
    CU_ASSERT_STRING_EQUAL(content("sent"), "point\t0\ttrain\tloss\t0\n" P1);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"), "point\t0\ttrain\tloss\t0\n" P1);
    fixture_remove(folder);
}

static void a_checkpoint_without_a_file_starts_afresh(void)
{
    fixture_folder(folder);
    (void)run(5, (const int64_t[]){6}, 1);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"), "point\t6\ttrain\tloss\t1.5\n");
    fixture_remove(folder);
}

static void what_no_reader_could_use_ends_the_kept_points(void)
{
    static const char *const endings[] = {
        "point\t3\ttrain\tlo",         /* cut short by a crash */
        "point\t3\ttrain\tloss\t0.75", /* even where all of it is there but its end */
        "poin\t3\ttrain\tloss\t0.75\n",
        "point\tx\ttrain\tloss\t0.75\n",
        "point\t\n",
        "\n",
        "point\t99999999999999999999999999\ttrain\tloss\t1\n",
        "point\t-1\ttrain\tloss\t1\n",
        ("point\t7\ttrain\tloss\t1\n" P1), /* behind the checkpoint, then an old one */
    };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char all[256];
        fixture_folder(folder);
        int bytes = snprintf(all, sizeof all, P1 P2 "%s", endings[i]);
        fixture_write(folder, "points.tsv", all, bytes);
        (void)run(3, (const int64_t[]){4}, 1);
        CU_ASSERT_STRING_EQUAL(content("sent"), P1 P2 "point\t4\ttrain\tloss\t1\n");
        CU_ASSERT_STRING_EQUAL(content("points.tsv"), P1 P2 "point\t4\ttrain\tloss\t1\n");
        fixture_remove(folder);
    }
}

static void values_that_are_not_finite_are_kept_as_they_are(void)
{
    vt_history history;
    fixture_folder(folder);
    vt_sink sink = reader_open();
    CU_ASSERT_EQUAL_FATAL(vt_history_open(&history, folder, 0, &sink, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_history_point(&history, 1, "train", "loss", (double)NAN, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_history_point(&history, 1, "val", "loss", -(double)INFINITY, &err), VT_OK);
    vt_history_close(&history);
    (void)close(sink.fd);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"),
                           "point\t1\ttrain\tloss\tnan\npoint\t1\tval\tloss\t-inf\n");
    (void)run(1, NULL, 0);
    CU_ASSERT_STRING_EQUAL(content("sent"),
                           "point\t1\ttrain\tloss\tnan\npoint\t1\tval\tloss\t-inf\n");
    fixture_remove(folder);
}

static void the_file_is_written_though_the_reader_is_gone(void)
{
    vt_history history;
    fixture_folder(folder);
    vt_sink sink = {.fd = -1};
    CU_ASSERT_EQUAL_FATAL(vt_history_open(&history, folder, 0, &sink, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_history_point(&history, 1, "train", "loss", 0.25, &err), VT_OK);
    CU_ASSERT_EQUAL(sink.broken, EBADF);
    vt_history_close(&history);
    CU_ASSERT_STRING_EQUAL(content("points.tsv"), P1);
    fixture_remove(folder);
}

static void a_folder_that_is_not_there_is_named(void)
{
    vt_history history;
    vt_sink sink = {.fd = -1};
    char path[FIXTURE_PATH];
    fixture_folder(folder);
    fixture_path(path, folder, "none");
    CU_ASSERT_EQUAL(vt_history_open(&history, path, 0, &sink, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none/points.tsv"));
    vt_history_close(&history);
    fixture_remove(folder);
}

SUITE(history, {"points go to the reader and the file", points_go_to_the_reader_and_the_file},
      {"a resume sends the kept points and drops those behind",
       a_resume_sends_the_kept_points_and_drops_those_behind},
      {"without a checkpoint it starts afresh", without_a_checkpoint_it_starts_afresh},
      {"a checkpoint without a file starts afresh", a_checkpoint_without_a_file_starts_afresh},
      {"what no reader could use ends the kept points",
       what_no_reader_could_use_ends_the_kept_points},
      {"values that are not finite are kept as they are",
       values_that_are_not_finite_are_kept_as_they_are},
      {"the file is written though the reader is gone",
       the_file_is_written_though_the_reader_is_gone},
      {"a folder that is not there is named", a_folder_that_is_not_there_is_named})
