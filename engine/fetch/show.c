#include "fetch/show.h"
#include "data/info.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

static void put_bytes(char text[32], double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    while (bytes >= 999.5 && unit < 4) bytes /= 1000, unit++;
    (void)snprintf(text, 32, unit > 0 && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void put_duration(char text[32], double seconds)
{
    long s = lround(fmin(seconds, 1e9));
    if (s < 60)
        (void)snprintf(text, 32, "%ld s", s);
    else if (s < 3600)
        (void)snprintf(text, 32, "%ld min %02ld s", s / 60, s % 60);
    else
        (void)snprintf(text, 32, "%ld h %02ld min", s / 3600, s % 3600 / 60);
}

static isize rows_done(const vt_fetch_progress *p)
{
    isize rows = 0;
    for (int s = 0; s < VT_STATE_COUNT; s++) rows += p->tally.rows[s];
    return rows;
}

/* The kinds of failure, the most frequent first, as many as there is room for. */
static void put_failures(const vt_fetch_progress *p, char *text, size_t room)
{
    int shown[VT_STATE_COUNT] = {0};
    size_t used = 0;
    text[0] = '\0';
    for (;;) {
        int most = VT_STATE_OK;
        for (int s = 1; s < VT_STATE_COUNT; s++)
            if (!shown[s] && p->tally.rows[s] > 0 &&
                (most == VT_STATE_OK || p->tally.rows[s] > p->tally.rows[most]))
                most = s;
        if (most == VT_STATE_OK) return;
        shown[most] = 1;
        int length = snprintf(text + used, room - used, "%s%s %td", used > 0 ? ", " : "; ",
                              vt_state_name((vt_state)most), p->tally.rows[most]);
        if (length < 0 || (size_t)length >= room - used) {
            text[used] = '\0';
            return;
        }
        used += (size_t)length;
    }
}

static int is_time(vt_show *show, double elapsed_s)
{
    if (elapsed_s < show->shown_s) show->shown_s = 0; /* another file */
    if (elapsed_s - show->shown_s < (isatty(STDERR_FILENO) ? 0.1 : 5)) return 0;
    show->shown_s = elapsed_s;
    return 1;
}

void vt_show_progress(vt_show *show, const vt_fetch_progress *p)
{
    if (!is_time(show, p->elapsed_s)) return;
    int terminal = isatty(STDERR_FILENO);
    char bytes[32], left[32], failures[120];
    double rate = (double)p->rows_now / p->elapsed_s;
    isize done = rows_done(p);
    put_bytes(bytes, (double)p->bytes_now / p->elapsed_s);
    put_duration(left, rate > 0 ? (double)(p->rows - done) / rate : 0);
    put_failures(p, failures, sizeof failures);
    (void)fprintf(stderr, "%s%td of %td, %td ok, %.0f rows/s, %s/s, %td under way, %s left%s%s",
                  terminal ? "\033[K" : "", done, p->rows, p->tally.rows[VT_STATE_OK], rate, bytes,
                  p->under_way, rate > 0 ? left : "?", failures, terminal ? "\r" : "\n");
}

void vt_show_file(vt_show *show, const vt_known_progress *p)
{
    if (!is_time(show, p->elapsed_s)) return;
    char got[32], all[32], rate[32], left[32];
    int terminal = isatty(STDERR_FILENO);
    put_bytes(got, (double)p->bytes);
    put_bytes(all, (double)p->of);
    put_bytes(rate, p->bytes_s);
    put_duration(left, p->bytes_s > 0 ? (double)(p->of - p->bytes) / p->bytes_s : 0);
    (void)fprintf(stderr, "%s%s: %s of %s, %s/s, %s left%s", terminal ? "\033[K" : "", p->file, got,
                  all, rate, p->bytes_s > 0 ? left : "?", terminal ? "\r" : "\n");
}

void vt_show_end(void)
{
    if (isatty(STDERR_FILENO)) (void)fprintf(stderr, "\033[K");
}

static void summary_json(const char *folder, const vt_fetch_progress *r)
{
    (void)printf("{\"folder\":");
    vt_print_json_text(folder);
    (void)printf(",\"rows\":%td,\"parts\":%td,\"parts_done\":%td,\"bytes\":%lld,\"states\":{",
                 r->rows, r->parts, r->parts_done, (long long)r->tally.bytes);
    const char *comma = "";
    for (int s = 0; s < VT_STATE_COUNT; s++) {
        if (r->tally.rows[s] == 0) continue;
        (void)printf("%s\"%s\":%td", comma, vt_state_name((vt_state)s), r->tally.rows[s]);
        comma = ",";
    }
    (void)printf("},\"now\":{\"rows\":%td,\"downloads\":%td,\"bytes\":%lld,\"seconds\":%.3f}}\n",
                 r->rows_now, r->attempts, (long long)r->bytes_now, r->elapsed_s);
}

void vt_show_summary(const char *folder, const vt_fetch_progress *r, int json)
{
    if (json) {
        summary_json(folder, r);
        return;
    }
    char bytes[32], spent[32];
    isize transient = 0;
    (void)printf("%-13s %10s %7s\n", "state", "rows", "share");
    for (int s = 0; s < VT_STATE_COUNT; s++) {
        isize rows = r->tally.rows[s];
        if (rows == 0) continue;
        transient += vt_state_transient((vt_state)s) ? rows : 0;
        (void)printf("%-13s %10td %6.2f%%  %s\n", vt_state_name((vt_state)s), rows,
                     100 * (double)rows / (double)r->rows, vt_state_text((vt_state)s));
    }
    put_bytes(bytes, (double)r->tally.bytes);
    put_duration(spent, r->elapsed_s);
    (void)printf("%s: %td of %td rows, %td of %td parts, %s of images; now %td downloads in %s\n",
                 folder, rows_done(r), r->rows, r->parts_done, r->parts, bytes, r->attempts, spent);
    isize unreached = r->tally.rows[VT_STATE_DNS] + r->tally.rows[VT_STATE_CONNECT];
    if (unreached > 0 && unreached == rows_done(r))
        (void)printf("no host could be reached: is the network there?\n");
    if (r->tally.rows[VT_STATE_TLS] > 0)
        (void)printf(
            "%td whose host TLS could not verify: detail in %s/*.tsv says why; where an authority "
            "of your own is missing, --ca-file FILE --again tls\n",
            r->tally.rows[VT_STATE_TLS], folder);
    if (transient > 0)
        (void)printf("%td may end otherwise another time: call again with --again transient\n",
                     transient);
}
