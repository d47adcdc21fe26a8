#include "bench/table.h"
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bench_progress(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

void bench_sample(bench_samples *samples, double value)
{
    assert(samples->count < BENCH_SAMPLES);
    samples->at[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bench_samples sorted(const bench_samples *samples)
{
    bench_samples copy = *samples;
    qsort(copy.at, (size_t)copy.count, sizeof *copy.at, by_value);
    return copy;
}

double bench_median(const bench_samples *samples)
{
    bench_samples s = sorted(samples);
    if (s.count == 0) return (double)NAN;
    return (s.at[(s.count - 1) / 2] + s.at[s.count / 2]) / 2;
}

/* ---- for people ---- */

static void print_row(const bench_table *table, const bench_row *row)
{
    const bench_what *w = &row->what;
    int first =
        table->count == 0 || strcmp(table->rows[table->count - 1].what.suite, w->suite) != 0;
    if (first)
        (void)printf("\n%-8s %-18s %-4s %2s %2s %-20s %2s %10s %10s %10s %-9s %10s %-9s %7s\n",
                     w->suite, "shape", "prec", "w", "r", "metric", "n", "median", "low", "high",
                     "unit", "limit", "of", "share");
    char workers[12] = "", recompute[12] = "", metric[64];
    if (w->workers > 0) (void)snprintf(workers, sizeof workers, "%d", w->workers);
    if (w->recompute >= 0) (void)snprintf(recompute, sizeof recompute, "%d", w->recompute);
    (void)snprintf(metric, sizeof metric, "%s%s%s", w->program ? w->program : "",
                   w->program ? " " : "", w->metric);
    (void)printf("%-8s %-18s %-4s %2s %2s %-20s %2d %10.4g %10.4g %10.4g %-9s", "", w->shape,
                 w->precision ? w->precision : "", workers, recompute, metric, row->count,
                 row->median, row->low, row->high, w->unit);
    if (w->limit_name)
        (void)printf(" %10.4g %-9s %5.1f %%", row->limit, w->limit_name, 100 * row->share);
    (void)putchar('\n');
    (void)fflush(stdout);
}

void bench_add(bench_table *table, bench_what what, const bench_samples *samples,
               const bench_samples *limits)
{
    assert(table->count < BENCH_ROWS && samples->count > 0);
    assert(!limits || limits->count == samples->count);
    bench_samples in_order = sorted(samples);
    bench_row row = {.what = what,
                     .count = samples->count,
                     .median = bench_median(samples),
                     .low = in_order.at[0],
                     .high = in_order.at[samples->count - 1],
                     .limit = (double)NAN,
                     .share = (double)NAN};
    if (limits) {
        bench_samples share = {0};
        for (int i = 0; i < samples->count; i++)
            bench_sample(&share, samples->at[i] / limits->at[i]);
        row.limit = bench_median(limits);
        row.share = bench_median(&share);
    } else {
        row.what.limit_name = NULL;
    }
    print_row(table, &row);
    table->rows[table->count++] = row;
}

void bench_add_one(bench_table *table, bench_what what, double value)
{
    bench_samples one = {.at = {value}, .count = 1};
    bench_add(table, what, &one, NULL);
}

/* ---- for programs ---- */

enum { PATH_BYTES = 4096 };

typedef struct {
    char text[160];
} word;

/* JSON: text with its quotes, or null. */
static word quoted(const char *text)
{
    word w = {"null"};
    size_t at = 1, room = sizeof w.text - 3;
    if (!text || !*text) return w;
    w.text[0] = '"';
    for (; *text && at < room; text++) {
        if (*text == '"' || *text == '\\') w.text[at++] = '\\';
        w.text[at++] = (unsigned char)*text < ' ' ? ' ' : *text;
    }
    w.text[at++] = '"';
    w.text[at] = '\0';
    return w;
}

static word number(double value)
{
    word w = {"null"};
    if (isfinite(value)) (void)snprintf(w.text, sizeof w.text, "%.9g", value);
    return w;
}

static word whole(int value, int known)
{
    word w = {"null"};
    if (known) (void)snprintf(w.text, sizeof w.text, "%d", value);
    return w;
}

static void put_machine(FILE *out, const bench_machine *machine)
{
    char now[32];
    struct tm parts;
    time_t seconds = time(NULL);
    (void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
    (void)fprintf(out,
                  "{\"schema\":\"patchlaw-bench-1\",\"made_at\":\"%s\",\"version\":%s,"
                  "\"commit\":%s,\"dirty\":%d,\"host\":%s,\"cpu\":%s,\"cores\":%d,\"isa\":%s,"
                  "\"blas\":%s,\"kernel\":%s,\n\"rows\":[",
                  now, quoted(machine->version).text, quoted(machine->commit).text, machine->dirty,
                  quoted(machine->host).text, quoted(machine->cpu).text, machine->cores,
                  quoted(machine->isa).text, quoted(machine->blas).text,
                  quoted(machine->kernel).text);
}

static void put_row(FILE *out, const bench_row *row, int first)
{
    const bench_what *w = &row->what;
    (void)fprintf(
        out,
        "%s\n{\"program\":%s,\"suite\":%s,\"shape\":%s,\"precision\":%s,"
        "\"workers\":%s,\"recompute\":%s,\"metric\":%s,\"unit\":%s,\"n\":%d,\"median\":%s,"
        "\"low\":%s,\"high\":%s,\"limit_name\":%s,\"limit\":%s}",
        first ? "" : ",", quoted(w->program ? w->program : "patchlaw").text, quoted(w->suite).text,
        quoted(w->shape).text, quoted(w->precision).text, whole(w->workers, w->workers > 0).text,
        whole(w->recompute, w->recompute >= 0).text, quoted(w->metric).text, quoted(w->unit).text,
        row->count, number(row->median).text, number(row->low).text, number(row->high).text,
        quoted(w->limit_name).text, number(row->limit).text);
}

int bench_write(const bench_table *table, const bench_machine *machine, const char *path)
{
    char partial[PATH_BYTES];
    if (snprintf(partial, sizeof partial, "%s.partial", path) >= PATH_BYTES) return ENAMETOOLONG;
    FILE *out = fopen(partial, "we");
    if (!out) return errno;
    put_machine(out, machine);
    for (int i = 0; i < table->count; i++) put_row(out, &table->rows[i], i == 0);
    (void)fputs("]}\n", out);
    int bad = ferror(out) ? EIO : 0;
    if (fclose(out) != 0 && !bad) bad = errno;
    if (!bad && rename(partial, path) != 0) bad = errno;
    if (bad) (void)remove(partial);
    return bad;
}
