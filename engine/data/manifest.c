/* index.txt, line by line. Every line ends with LF; words are separated by one space; counts are
 * decimal without sign or leading zero; reals read back to the same double.
 *
 *   patchlaw-dataset 1
 *   name fashion-mnist
 *   sha256 HEX               content hash, see content.h
 *   channels 1               or 3
 *   mean R G B               of the training split, values in [0, 1]; grey repeats the first
 *   std R G B                1 where a channel never varies
 *   luma MEAN STD            of the training split made grey
 *   classes 10
 *   class T-shirt            one line a class, in the order of the labels; may hold spaces
 *   shards 2
 *   shard train 60000 48720064 HEX    split, images, bytes and SHA-256 of the file; the files
 *   shard test 10000 8120064 HEX      are SPLIT-NUMBER.shard, numbered from 00000 in each split
 *   end HEX                  SHA-256 of all lines above
 */
#include "data/manifest.h"
#include "base/file.h"
#include "data/names.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { HASH_CHECKED = 0 }; /* no fuzzer finds a hash, and what lies behind it is to be tried */
#else
enum { HASH_CHECKED = 1 };
#endif
enum { PATH_BYTES = 4096, MANIFEST_BYTES_MAX = 64 << 20, COUNT_DIGITS = 15 };

const char *vt_split_name(vt_split split)
{
    return split == VT_SPLIT_TRAIN ? "train" : "test";
}

vt_status vt_manifest_shard_path(char *path, isize room, const char *folder,
                                 const vt_manifest_shard *shard, vt_error *err)
{
    int length = snprintf(path, (size_t)room, "%s/%s-%05td.shard", folder,
                          vt_split_name(shard->split), shard->number);
    if (length < 0 || length >= room)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    return VT_OK;
}

/* ---- parsing ---- */

typedef struct {
    const char *path;
    char *at, *end; /* the text, whose LFs become NULs as lines are taken */
    isize line;     /* of the last taken */
} cursor;

static vt_status damaged(const cursor *c, const char *want, vt_error *err)
{
    return vt_fail(err, VT_ERR_FORMAT,
                   "%.200s:%td: wanted %s; the manifest is damaged or of another version: import "
                   "the data set again",
                   c->path, c->line, want);
}

/* The rest of the next line, which must begin with "word "; NULL where it does not. */
static char *take(cursor *c, const char *word)
{
    size_t length = strlen(word), left = (size_t)(c->end - c->at);
    char *stop = memchr(c->at, '\n', left);
    c->line++;
    if (!stop || (size_t)(stop - c->at) < length + 2) return NULL;
    if (memcmp(c->at, word, length) != 0 || c->at[length] != ' ') return NULL;
    char *rest = c->at + length + 1;
    *stop = '\0';
    c->at = stop + 1;
    return strlen(rest) == (size_t)(stop - rest) ? rest : NULL;
}

/* Takes a count that is followed by stop from *text; -1 where there is none. */
static isize count_take(char **text, char stop)
{
    isize value = 0;
    char *p = *text;
    while (*p >= '0' && *p <= '9' && p - *text < COUNT_DIGITS) value = value * 10 + (*p++ - '0');
    if (p == *text || *p != stop || (**text == '0' && p - *text > 1)) return -1;
    *text = stop ? p + 1 : p;
    return value;
}

static int real_take(char **text, char stop, double *value)
{
    char *end = NULL;
    if (**text == ' ') return 0;
    *value = strtod(*text, &end);
    if (end == *text || *end != stop || !isfinite(*value)) return 0;
    *text = stop ? end + 1 : end;
    return 1;
}

static int hex_valid(const char *text)
{
    return strlen(text) == VT_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == 64;
}

static vt_status head_parse(vt_manifest *m, cursor *c, vt_error *err)
{
    char *text = take(c, "patchlaw-dataset");
    if (!text || strcmp(text, "1") != 0) return damaged(c, "patchlaw-dataset 1", err);
    m->name = take(c, "name");
    if (!m->name) return damaged(c, "name NAME", err);
    m->sha256 = take(c, "sha256");
    if (!m->sha256 || !hex_valid(m->sha256)) return damaged(c, "sha256 HEX", err);
    text = take(c, "channels");
    m->channels = text ? (int)count_take(&text, '\0') : -1;
    if (m->channels != 1 && m->channels != 3) return damaged(c, "channels 1 or 3", err);
    for (int i = 0; i < 2; i++) {
        double *to = i == 0 ? m->mean : m->std;
        text = take(c, i == 0 ? "mean" : "std");
        if (!text || !real_take(&text, ' ', to) || !real_take(&text, ' ', to + 1) ||
            !real_take(&text, '\0', to + 2))
            return damaged(c, i == 0 ? "mean R G B" : "std R G B", err);
    }
    text = take(c, "luma");
    if (!text || !real_take(&text, ' ', &m->luma_mean) || !real_take(&text, '\0', &m->luma_std))
        return damaged(c, "luma MEAN STD", err);
    if (!(m->std[0] > 0 && m->std[1] > 0 && m->std[2] > 0 && m->luma_std > 0))
        return damaged(c, "every std above 0", err);
    return VT_OK;
}

static vt_status classes_parse(vt_manifest *m, cursor *c, vt_error *err)
{
    char *text = take(c, "classes");
    m->classes = text ? count_take(&text, '\0') : -1;
    if (m->classes < 1 || m->classes > c->end - c->at) return damaged(c, "classes COUNT", err);
    vt_status status =
        vt_buffer_reserve(&m->class_list, m->classes * (isize)sizeof(const char *), err);
    if (status != VT_OK) return status;
    const char **names = m->class_list.data;
    for (isize i = 0; i < m->classes; i++) {
        names[i] = take(c, "class");
        if (!names[i] || strlen(names[i]) > VT_NAME_MAX) return damaged(c, "class NAME", err);
    }
    m->class_names = names;
    return VT_OK;
}

static int shard_parse(vt_manifest_shard *shard, char *text)
{
    for (shard->split = VT_SPLIT_TRAIN; shard->split < VT_SPLIT_COUNT; shard->split++) {
        const char *name = vt_split_name(shard->split);
        size_t length = strlen(name);
        if (strncmp(text, name, length) != 0 || text[length] != ' ') continue;
        text += length + 1;
        shard->file.images = count_take(&text, ' ');
        shard->file.bytes = shard->file.images < 1 ? -1 : count_take(&text, ' ');
        if (shard->file.bytes < 1 || !hex_valid(text)) return 0;
        memcpy(shard->file.sha256, text, VT_SHA256_HEX);
        return 1;
    }
    return 0;
}

static vt_status shards_parse(vt_manifest *m, cursor *c, vt_error *err)
{
    char *text = take(c, "shards");
    m->shards = text ? count_take(&text, '\0') : -1;
    if (m->shards < 1 || m->shards > c->end - c->at) return damaged(c, "shards COUNT", err);
    vt_status status =
        vt_buffer_reserve(&m->shard_list, m->shards * (isize)sizeof(vt_manifest_shard), err);
    if (status != VT_OK) return status;
    vt_manifest_shard *shard = m->shard_list.data;
    for (isize i = 0; i < m->shards; i++) {
        text = take(c, "shard");
        if (!text || !shard_parse(shard + i, text) ||
            (i > 0 && shard[i].split < shard[i - 1].split))
            return damaged(c, "shard SPLIT IMAGES BYTES HEX, train before test", err);
        if (i > 0 && shard[i].split == shard[i - 1].split)
            shard[i].number = shard[i - 1].number + 1;
    }
    m->shard = shard;
    return VT_OK;
}

static vt_status end_parse(cursor *c, const char *digest, vt_error *err)
{
    const char *text = take(c, "end");
    if (!text || !hex_valid(text) || c->at != c->end)
        return damaged(c, "end HEX, then no more", err);
    if (HASH_CHECKED && strcmp(text, digest) != 0)
        return damaged(c, "the hash of the lines above", err);
    return VT_OK;
}

/* Hash of all lines but the last; text is untouched yet. */
static vt_status lines_hash(const cursor *c, char hex[VT_SHA256_HEX], vt_error *err)
{
    isize bytes = c->end - c->at;
    if (bytes > 0) bytes--; /* the last line's own LF */
    while (bytes > 0 && c->at[bytes - 1] != '\n') bytes--;
    return vt_sha256_of(c->at, bytes, hex, err);
}

vt_status vt_manifest_parse(vt_manifest *out, const char *path, const void *text, isize bytes,
                            vt_error *err)
{
    *out = (vt_manifest){0};
    vt_manifest m = {0};
    char digest[VT_SHA256_HEX];
    if (bytes > MANIFEST_BYTES_MAX)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: too large for a manifest", path);
    vt_status status = vt_buffer_reserve(&m.text, bytes + 1, err);
    if (status != VT_OK) return status;
    char *copy = m.text.data;
    if (bytes > 0) memcpy(copy, text, (size_t)bytes);
    cursor c = {.path = path, .at = copy, .end = copy + bytes};
    status = lines_hash(&c, digest, err);
    if (status == VT_OK) status = head_parse(&m, &c, err);
    if (status == VT_OK) status = classes_parse(&m, &c, err);
    if (status == VT_OK) status = shards_parse(&m, &c, err);
    if (status == VT_OK) status = end_parse(&c, digest, err);
    if (status != VT_OK) {
        vt_manifest_finish(&m);
        return status;
    }
    *out = m;
    return VT_OK;
}

vt_status vt_manifest_read(vt_manifest *out, const char *folder, vt_error *err)
{
    *out = (vt_manifest){0};
    char path[PATH_BYTES];
    vt_map map = {0};
    int length = snprintf(path, sizeof path, "%s/index.txt", folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK)
        vt_error_context(err, "no data set there; make it with: patchlaw data import");
    if (status != VT_OK) return status;
    status = vt_manifest_parse(out, path, map.data, map.bytes, err);
    vt_map_close(&map);
    return status;
}

void vt_manifest_finish(vt_manifest *manifest)
{
    vt_buffer_finish(&manifest->text);
    vt_buffer_finish(&manifest->class_list);
    vt_buffer_finish(&manifest->shard_list);
    *manifest = (vt_manifest){0};
}

/* ---- writing ---- */

typedef struct {
    vt_writer *file;
    vt_sha256 hash;
} printer;

static vt_status print(printer *p, vt_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static vt_status print(printer *p, vt_error *err, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    VT_ASSERT(length > 0 && (size_t)length < sizeof line);
    vt_status status = vt_sha256_put(&p->hash, line, length, err);
    return status == VT_OK ? vt_writer_put(p->file, line, length, err) : status;
}

static vt_status lines_print(printer *p, const vt_manifest *m, vt_error *err)
{
    vt_status status = print(p, err, "patchlaw-dataset 1\nname %s\nsha256 %s\nchannels %d\n",
                             m->name, m->sha256, m->channels);
    for (int i = 0; i < 2 && status == VT_OK; i++) {
        const double *v = i == 0 ? m->mean : m->std;
        status = print(p, err, "%s %.17g %.17g %.17g\n", i == 0 ? "mean" : "std", v[0], v[1], v[2]);
    }
    if (status == VT_OK)
        status =
            print(p, err, "luma %.17g %.17g\nclasses %td\n", m->luma_mean, m->luma_std, m->classes);
    for (isize i = 0; i < m->classes && status == VT_OK; i++)
        status = print(p, err, "class %s\n", m->class_names[i]);
    if (status == VT_OK) status = print(p, err, "shards %td\n", m->shards);
    for (isize i = 0; i < m->shards && status == VT_OK; i++) {
        const vt_manifest_shard *shard = m->shard + i;
        status = print(p, err, "shard %s %td %td %s\n", vt_split_name(shard->split),
                       shard->file.images, shard->file.bytes, shard->file.sha256);
    }
    return status;
}

vt_status vt_manifest_write(const vt_manifest *manifest, const char *folder, vt_error *err)
{
    char path[PATH_BYTES], digest[VT_SHA256_HEX];
    printer p = {0};
    int length = snprintf(path, sizeof path, "%s/index.txt", folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    vt_status status = vt_writer_open(&p.file, path, err);
    if (status == VT_OK) status = vt_sha256_open(&p.hash, err);
    if (status == VT_OK) status = lines_print(&p, manifest, err);
    if (status == VT_OK) status = vt_sha256_finish(&p.hash, digest, err);
    char last[VT_SHA256_HEX + 8];
    int bytes = status == VT_OK ? snprintf(last, sizeof last, "end %s\n", digest) : 0;
    if (status == VT_OK) status = vt_writer_put(p.file, last, bytes, err);
    if (status == VT_OK) status = vt_writer_commit(p.file, NULL, err);
    vt_sha256_close(&p.hash);
    vt_writer_close(&p.file);
    return status;
}
