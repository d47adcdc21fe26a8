/* funnel.json is one object:
 *
 *   format "patchlaw-funnel-1"   name, sha256 (of the data set), source
 *   options  {unsafe_column, unsafe_above, boxes_column, score_column, keep}
 *   steps    [{step, what, ran, note, images_in, images_out}]    in the order of their work
 *   reasons  [{step, reason, drops, images}]     drops 0: counted, and went on
 *   tests    [{name, sha256, images, hits}]      test splits that were compared with
 *   hits     [{key, test, image, distance, cosine}]    test: place in tests; image: in that split;
 *            distance: bits of the perceptual hash, or -1 where the bytes are the same
 *   thumbs   [{step, key, jpeg}]                 pictures of some that were dropped, in base64
 *   upright, blurred, own_test                   counts of kept images
 */
#include "curate/funnel.h"
#include "base/file.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char FORMAT[] = "patchlaw-funnel-1";
enum { PATH_BYTES = 4096, LINE_BYTES = 1024 };

/* ---- counting ---- */

static vt_status append(vt_buffer *list, isize *count, const void *item, isize bytes, vt_error *err)
{
    vt_status status = vt_buffer_reserve(list, (*count + 1) * bytes, err);
    if (status != VT_OK) return status;
    memcpy((char *)list->data + *count * bytes, item, (size_t)bytes);
    ++*count;
    return VT_OK;
}

vt_status vt_funnel_count(vt_funnel *f, vt_step step, int drops, const char *text, isize images,
                          vt_error *err)
{
    vt_funnel_reason *reasons = f->reasons.data;
    vt_funnel_reason made = {.step = step, .drops = drops, .images = images};
    (void)snprintf(made.text, sizeof made.text, "%s", text);
    for (isize i = 0; i < f->reason_count; i++) {
        if (reasons[i].step != step || strcmp(reasons[i].text, made.text) != 0) continue;
        reasons[i].images += images;
        return VT_OK;
    }
    return append(&f->reasons, &f->reason_count, &made, (isize)sizeof made, err);
}

vt_status vt_funnel_add_test(vt_funnel *f, const vt_funnel_test *test, vt_error *err)
{
    return append(&f->tests, &f->test_count, test, (isize)sizeof *test, err);
}

vt_status vt_funnel_add_hit(vt_funnel *f, const vt_funnel_hit *hit, vt_error *err)
{
    ((vt_funnel_test *)f->tests.data)[hit->test].hits++;
    return append(&f->hits, &f->hit_count, hit, (isize)sizeof *hit, err);
}

vt_status vt_funnel_add_thumb(vt_funnel *f, vt_step step, const char *key,
                              const unsigned char *jpeg, isize bytes, vt_error *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    vt_funnel_thumb thumb = {.step = step, .at = f->picture_bytes};
    (void)snprintf(thumb.key, sizeof thumb.key, "%s", key);
    isize length = (bytes + 2) / 3 * 4 + 1;
    vt_status status = vt_buffer_reserve(&f->pictures, f->picture_bytes + length, err);
    if (status != VT_OK) return status;
    char *out = (char *)f->pictures.data + f->picture_bytes;
    for (isize i = 0; i < bytes; i += 3) {
        unsigned three = (unsigned)jpeg[i] << 16;
        if (i + 1 < bytes) three |= (unsigned)jpeg[i + 1] << 8;
        if (i + 2 < bytes) three |= jpeg[i + 2];
        *out++ = digits[three >> 18];
        *out++ = digits[three >> 12 & 63];
        *out++ = digits[three >> 6 & 63];
        *out++ = digits[three & 63];
    }
    for (isize i = 1; i <= (3 - bytes % 3) % 3; i++) out[-i] = '=';
    *out = '\0';
    f->picture_bytes += length;
    return append(&f->thumbs, &f->thumb_count, &thumb, (isize)sizeof thumb, err);
}

isize vt_funnel_in(const vt_funnel *f, vt_step step)
{
    const vt_funnel_reason *reasons = f->reasons.data;
    isize left = f->images;
    for (isize i = 0; i < f->reason_count; i++)
        if (reasons[i].drops && reasons[i].step < step) left -= reasons[i].images;
    return left;
}

void vt_funnel_finish(vt_funnel *f)
{
    vt_buffer_finish(&f->reasons);
    vt_buffer_finish(&f->tests);
    vt_buffer_finish(&f->hits);
    vt_buffer_finish(&f->thumbs);
    vt_buffer_finish(&f->pictures);
    *f = (vt_funnel){0};
}

/* ---- writing ---- */

typedef struct {
    vt_writer *file;
    vt_status status;
    vt_error *err;
} printer;

static void put(printer *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(printer *p, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    VT_ASSERT(length >= 0 && (size_t)length < sizeof line);
    if (p->status == VT_OK) p->status = vt_writer_put(p->file, line, length, p->err);
}

/* A member of text; the comma stands before it. Bytes that are no ASCII go as they are. */
static void put_text(printer *p, const char *before, const char *text)
{
    put(p, "%s\"", before);
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            put(p, "\\%c", c);
        else if (c < 32)
            put(p, "\\u%04x", c);
        else
            put(p, "%c", c);
    }
    put(p, "\"");
}

static void json_head(printer *p, const vt_curate_options *o, const char *sha256)
{
    put(p, "{\"format\":\"%s\"", FORMAT);
    put_text(p, ",\n\"name\":", o->source.name);
    put_text(p, ",\n\"sha256\":", sha256);
    put_text(p, ",\n\"source\":", o->source.path ? o->source.path : o->source.train);
    put_text(p, ",\n\"options\":{\"unsafe_column\":", o->unsafe_column);
    put(p, ",\"unsafe_above\":%.17g", o->unsafe_above);
    put_text(p, ",\"boxes_column\":", o->boxes_column);
    put_text(p, ",\"score_column\":", o->score_column);
    put(p, ",\"keep\":%.17g},\n\"steps\":[", o->keep);
}

static void json_steps(printer *p, const vt_funnel *f)
{
    const vt_funnel_reason *reasons = f->reasons.data;
    for (vt_step s = 0; s < VT_STEP_COUNT; s++) {
        put(p, "%s\n{\"step\":\"%s\"", s > 0 ? "," : "", vt_step_name(s));
        put_text(p, ",\"what\":", vt_step_what(s));
        put_text(p, ",\"note\":", f->note[s]);
        put(p, ",\"ran\":%d,\"images_in\":%td,\"images_out\":%td}", f->ran[s], vt_funnel_in(f, s),
            vt_funnel_in(f, s + 1));
    }
    put(p, "],\n\"reasons\":[");
    for (isize i = 0; i < f->reason_count; i++) {
        put(p, "%s\n{\"step\":\"%s\"", i > 0 ? "," : "", vt_step_name(reasons[i].step));
        put_text(p, ",\"reason\":", reasons[i].text);
        put(p, ",\"drops\":%d,\"images\":%td}", reasons[i].drops, reasons[i].images);
    }
}

static void json_tests(printer *p, const vt_funnel *f)
{
    const vt_funnel_test *tests = f->tests.data;
    const vt_funnel_hit *hits = f->hits.data;
    put(p, "],\n\"tests\":[");
    for (isize i = 0; i < f->test_count; i++) {
        put_text(p, i > 0 ? ",\n{\"name\":" : "\n{\"name\":", tests[i].name);
        put(p, ",\"sha256\":\"%s\",\"images\":%td,\"hits\":%td}", tests[i].sha256, tests[i].images,
            tests[i].hits);
    }
    put(p, "],\n\"hits\":[");
    for (isize i = 0; i < f->hit_count; i++) {
        put_text(p, i > 0 ? ",\n{\"key\":" : "\n{\"key\":", hits[i].key);
        put(p, ",\"test\":%td,\"image\":%td,\"distance\":%d,\"cosine\":%.6f}", hits[i].test,
            hits[i].image, hits[i].distance, hits[i].cosine);
    }
}

static void json_rest(printer *p, const vt_funnel *f)
{
    const vt_funnel_thumb *thumbs = f->thumbs.data;
    put(p, "],\n\"thumbs\":[");
    for (isize i = 0; i < f->thumb_count; i++) {
        put(p, "%s\n{\"step\":\"%s\"", i > 0 ? "," : "", vt_step_name(thumbs[i].step));
        put_text(p, ",\"key\":", thumbs[i].key);
        put_text(p, ",\"jpeg\":", (const char *)f->pictures.data + thumbs[i].at);
        put(p, "}");
    }
    put(p, "],\n\"upright\":%td,\"blurred\":%td,\"own_test\":%td}\n", f->changed[0], f->changed[1],
        f->tests_kept);
}

static void text_all(printer *p, const vt_funnel *f)
{
    const vt_funnel_reason *reasons = f->reasons.data;
    const vt_funnel_test *tests = f->tests.data;
    put(p, "%-8s %12s %12s %12s\n", "step", "in", "out", "dropped");
    for (vt_step s = 0; s < VT_STEP_COUNT; s++) {
        isize in = vt_funnel_in(f, s), out = vt_funnel_in(f, s + 1);
        put(p, "%-8s %12td %12td ", vt_step_name(s), in, out);
        if (f->ran[s])
            put(p, "%12td", in - out);
        else
            put(p, "%12s", "not run");
        put(p, "%s%s\n", f->note[s][0] ? "  " : "", f->note[s]);
        for (isize i = 0; i < f->reason_count; i++)
            if (reasons[i].step == s)
                put(p, "%35td  %s%s\n", reasons[i].images, reasons[i].text,
                    reasons[i].drops ? "" : " (and went on)");
    }
    isize images = 0, hits = 0;
    for (isize i = 0; i < f->test_count; i++) images += tests[i].images;
    for (isize i = 0; i < f->test_count; i++) hits += tests[i].hits;
    if (f->ran[VT_STEP_TEST])
        put(p,
            "contamination: %td images were pictures of %td in %td test splits, and are left "
            "out\n",
            hits, images, f->test_count);
    else
        put(p, "contamination: not looked for\n");
}

typedef void writes(printer *p, const vt_funnel *f, const vt_curate_options *o, const char *sha256);

static void write_json(printer *p, const vt_funnel *f, const vt_curate_options *o,
                       const char *sha256)
{
    json_head(p, o, sha256);
    json_steps(p, f);
    json_tests(p, f);
    json_rest(p, f);
}

static void write_text(printer *p, const vt_funnel *f, const vt_curate_options *o,
                       const char *sha256)
{
    (void)o;
    (void)sha256;
    text_all(p, f);
}

vt_status vt_funnel_write(const vt_funnel *f, const vt_curate_options *o, const char *sha256,
                          const char *folder, vt_error *err)
{
    static const char *const names[] = {"funnel.json", "funnel.txt"};
    static writes *const write[] = {write_json, write_text};
    printer p = {.err = err};
    for (int i = 0; i < 2 && p.status == VT_OK; i++) {
        char path[PATH_BYTES];
        int length = snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (length < 0 || (size_t)length >= sizeof path)
            return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
        p.status = vt_writer_open(&p.file, path, err);
        if (p.status == VT_OK) write[i](&p, f, o, sha256);
        if (p.status == VT_OK) p.status = vt_writer_commit(p.file, NULL, err);
        vt_writer_close(&p.file);
    }
    return p.status;
}
