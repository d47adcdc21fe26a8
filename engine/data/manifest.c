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
#include "data/lines.h"
#include "data/names.h"
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096, MANIFEST_BYTES_MAX = 64 << 20 };

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

static vt_status head_parse(vt_manifest *m, vt_lines *c, vt_error *err)
{
    char *text = vt_lines_take(c, "patchlaw-dataset");
    if (!text || strcmp(text, "1") != 0) return vt_lines_damaged(c, "patchlaw-dataset 1", err);
    m->name = vt_lines_take(c, "name");
    if (!m->name) return vt_lines_damaged(c, "name NAME", err);
    m->sha256 = vt_lines_take(c, "sha256");
    if (!m->sha256 || !vt_hex_valid(m->sha256)) return vt_lines_damaged(c, "sha256 HEX", err);
    text = vt_lines_take(c, "channels");
    m->channels = text ? (int)vt_count_take(&text, '\0') : -1;
    if (m->channels != 1 && m->channels != 3) return vt_lines_damaged(c, "channels 1 or 3", err);
    for (int i = 0; i < 2; i++) {
        double *to = i == 0 ? m->mean : m->std;
        text = vt_lines_take(c, i == 0 ? "mean" : "std");
        if (!text || !vt_real_take(&text, ' ', to) || !vt_real_take(&text, ' ', to + 1) ||
            !vt_real_take(&text, '\0', to + 2))
            return vt_lines_damaged(c, i == 0 ? "mean R G B" : "std R G B", err);
    }
    text = vt_lines_take(c, "luma");
    if (!text || !vt_real_take(&text, ' ', &m->luma_mean) ||
        !vt_real_take(&text, '\0', &m->luma_std))
        return vt_lines_damaged(c, "luma MEAN STD", err);
    if (!(m->std[0] > 0 && m->std[1] > 0 && m->std[2] > 0 && m->luma_std > 0))
        return vt_lines_damaged(c, "every std above 0", err);
    return VT_OK;
}

static vt_status classes_parse(vt_manifest *m, vt_lines *c, vt_error *err)
{
    char *text = vt_lines_take(c, "classes");
    m->classes = text ? vt_count_take(&text, '\0') : -1;
    if (m->classes < 1 || m->classes > c->end - c->at)
        return vt_lines_damaged(c, "classes COUNT", err);
    vt_status status =
        vt_buffer_reserve(&m->class_list, m->classes * (isize)sizeof(const char *), err);
    if (status != VT_OK) return status;
    const char **names = m->class_list.data;
    for (isize i = 0; i < m->classes; i++) {
        names[i] = vt_lines_take(c, "class");
        if (!names[i] || strlen(names[i]) > VT_NAME_MAX)
            return vt_lines_damaged(c, "class NAME", err);
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
        shard->file.images = vt_count_take(&text, ' ');
        shard->file.bytes = shard->file.images < 1 ? -1 : vt_count_take(&text, ' ');
        if (shard->file.bytes < 1 || !vt_hex_valid(text)) return 0;
        memcpy(shard->file.sha256, text, VT_SHA256_HEX);
        return 1;
    }
    return 0;
}

static vt_status shards_parse(vt_manifest *m, vt_lines *c, vt_error *err)
{
    char *text = vt_lines_take(c, "shards");
    m->shards = text ? vt_count_take(&text, '\0') : -1;
    if (m->shards < 1 || m->shards > c->end - c->at)
        return vt_lines_damaged(c, "shards COUNT", err);
    vt_status status =
        vt_buffer_reserve(&m->shard_list, m->shards * (isize)sizeof(vt_manifest_shard), err);
    if (status != VT_OK) return status;
    vt_manifest_shard *shard = m->shard_list.data;
    for (isize i = 0; i < m->shards; i++) {
        text = vt_lines_take(c, "shard");
        if (!text || !shard_parse(shard + i, text) ||
            (i > 0 && shard[i].split < shard[i - 1].split))
            return vt_lines_damaged(c, "shard SPLIT IMAGES BYTES HEX, train before test", err);
        if (i > 0 && shard[i].split == shard[i - 1].split)
            shard[i].number = shard[i - 1].number + 1;
    }
    m->shard = shard;
    return VT_OK;
}

vt_status vt_manifest_parse(vt_manifest *out, const char *path, const void *text, isize bytes,
                            vt_error *err)
{
    *out = (vt_manifest){0};
    vt_manifest m = {0};
    if (bytes > MANIFEST_BYTES_MAX)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: too large for a manifest", path);
    vt_status status = vt_buffer_reserve(&m.text, bytes + 1, err);
    if (status != VT_OK) return status;
    char *copy = m.text.data;
    if (bytes > 0) memcpy(copy, text, (size_t)bytes);
    vt_lines c = {0};
    status = vt_lines_open(&c, path, copy, bytes, "data set", err);
    if (status == VT_OK) status = head_parse(&m, &c, err);
    if (status == VT_OK) status = classes_parse(&m, &c, err);
    if (status == VT_OK) status = shards_parse(&m, &c, err);
    if (status == VT_OK) status = vt_lines_end(&c, err);
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

static vt_status lines_print(vt_lines_printer *p, const vt_manifest *m, vt_error *err)
{
    vt_status status =
        vt_lines_print(p, err, "patchlaw-dataset 1\nname %s\nsha256 %s\nchannels %d\n", m->name,
                       m->sha256, m->channels);
    for (int i = 0; i < 2 && status == VT_OK; i++) {
        const double *v = i == 0 ? m->mean : m->std;
        status = vt_lines_print(p, err, "%s %.17g %.17g %.17g\n", i == 0 ? "mean" : "std", v[0],
                                v[1], v[2]);
    }
    if (status == VT_OK)
        status = vt_lines_print(p, err, "luma %.17g %.17g\nclasses %td\n", m->luma_mean,
                                m->luma_std, m->classes);
    for (isize i = 0; i < m->classes && status == VT_OK; i++)
        status = vt_lines_print(p, err, "class %s\n", m->class_names[i]);
    if (status == VT_OK) status = vt_lines_print(p, err, "shards %td\n", m->shards);
    for (isize i = 0; i < m->shards && status == VT_OK; i++) {
        const vt_manifest_shard *shard = m->shard + i;
        status = vt_lines_print(p, err, "shard %s %td %td %s\n", vt_split_name(shard->split),
                                shard->file.images, shard->file.bytes, shard->file.sha256);
    }
    return status;
}

vt_status vt_manifest_write(const vt_manifest *manifest, const char *folder, vt_error *err)
{
    char path[PATH_BYTES];
    vt_lines_printer p = {0};
    int length = snprintf(path, sizeof path, "%s/index.txt", folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    vt_status status = vt_lines_begin(&p, path, err);
    if (status == VT_OK) status = lines_print(&p, manifest, err);
    if (status == VT_OK) status = vt_lines_commit(&p, err);
    vt_lines_close(&p);
    return status;
}
