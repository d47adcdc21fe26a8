/* mix.txt, line by line, as lines.h has it:
 *
 *   patchlaw-mix 1
 *   name NAME
 *   sha256 HEX               of the lines "replacement R" and "PARTS HEX" of each source, each with
 * LF replacement 0            or 1 sources 2 source 800000 HEX NAME   parts of a million, content
 * hash and name of a data set source 200000 HEX NAME end HEX
 */
#include "data/mix.h"
#include "base/rng.h"
#include "data/lines.h"
#include "data/names.h"
#include "data/store.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, TEXT_BYTES_MAX = 1 << 16, LEAST_PARTS = VT_MIX_PARTS / VT_MIX_BLOCK };

/* ---- the recipe ---- */

vt_status vt_mix_weigh(vt_mix *mix, const double weights[VT_MIX_SOURCES], vt_error *err)
{
    double sum = 0, rest[VT_MIX_SOURCES] = {0};
    isize left = VT_MIX_PARTS;
    for (int i = 0; i < mix->sources; i++) {
        if (!(weights[i] >= 1.0 / VT_MIX_BLOCK - 1e-9 && weights[i] <= 1))
            return vt_fail(err, VT_ERR_CONFIG, "%.100s: its weight %g is not in 0.001 .. 1",
                           mix->source[i].name, weights[i]);
        sum += weights[i];
    }
    if (fabs(sum - 1) > 1e-6)
        return vt_fail(err, VT_ERR_CONFIG, "the weights sum to %.9g, not to 1", sum);
    for (int i = 0; i < mix->sources; i++) {
        double wanted = VT_MIX_PARTS * weights[i];
        isize parts = (isize)floor(wanted + 1e-6);
        if (parts < LEAST_PARTS) parts = LEAST_PARTS;
        mix->source[i].parts = parts;
        rest[i] = wanted - (double)parts;
        left -= parts;
    }
    for (; left != 0; left -= left > 0 ? 1 : -1) {
        int most = 0;
        for (int i = 1; i < mix->sources; i++)
            if ((left > 0 ? rest[i] - rest[most] : rest[most] - rest[i]) > 0) most = i;
        mix->source[most].parts += left > 0 ? 1 : -1;
        rest[most] -= left > 0 ? 1 : -1;
    }
    return VT_OK;
}

vt_status vt_mix_hash(vt_mix *mix, vt_error *err)
{
    char text[TEXT_BYTES_MAX];
    int used = snprintf(text, sizeof text, "replacement %d\n", mix->replacement);
    for (int i = 0; i < mix->sources; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%td %s\n", mix->source[i].parts,
                         mix->source[i].sha256);
    return vt_sha256_of(text, used, mix->sha256, err);
}

int vt_mix_found(const char *folder)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/mix.txt", folder);
    return length > 0 && length < PATH_BYTES && access(path, F_OK) == 0;
}

static vt_status sources_parse(vt_mix *m, vt_lines *c, vt_error *err)
{
    isize sum = 0;
    char *text = vt_lines_take(c, "sources");
    isize sources = text ? vt_count_take(&text, '\0') : -1;
    if (sources < 1 || sources > VT_MIX_SOURCES) return vt_lines_damaged(c, "sources 1 .. 16", err);
    m->sources = (int)sources;
    for (isize i = 0; i < sources; i++) {
        vt_mix_source *s = &m->source[i];
        text = vt_lines_take(c, "source");
        s->parts = text ? vt_count_take(&text, ' ') : -1;
        if (s->parts < LEAST_PARTS || s->parts > VT_MIX_PARTS || strlen(text) < VT_SHA256_HEX + 1 ||
            text[VT_SHA256_HEX - 1] != ' ')
            return vt_lines_damaged(c, "source PARTS HEX NAME", err);
        text[VT_SHA256_HEX - 1] = '\0';
        s->sha256 = text;
        s->name = text + VT_SHA256_HEX;
        if (!vt_hex_valid(s->sha256) || !vt_store_name_good(s->name))
            return vt_lines_damaged(c, "source PARTS HEX NAME", err);
        sum += s->parts;
    }
    if (sum != VT_MIX_PARTS) return vt_lines_damaged(c, "parts that sum to a million", err);
    return VT_OK;
}

static vt_status parse(vt_mix *m, vt_lines *c, vt_error *err)
{
    char want[VT_SHA256_HEX];
    char *text = vt_lines_take(c, "patchlaw-mix");
    if (!text || strcmp(text, "1") != 0) return vt_lines_damaged(c, "patchlaw-mix 1", err);
    m->name = vt_lines_take(c, "name");
    if (!m->name || !vt_store_name_good(m->name)) return vt_lines_damaged(c, "name NAME", err);
    text = vt_lines_take(c, "sha256");
    if (!text || !vt_hex_valid(text)) return vt_lines_damaged(c, "sha256 HEX", err);
    memcpy(want, text, sizeof want);
    text = vt_lines_take(c, "replacement");
    if (!text || (strcmp(text, "0") != 0 && strcmp(text, "1") != 0))
        return vt_lines_damaged(c, "replacement 0 or 1", err);
    m->replacement = text[0] == '1';
    vt_status status = sources_parse(m, c, err);
    if (status == VT_OK) status = vt_lines_end(c, err);
    if (status == VT_OK) status = vt_mix_hash(m, err);
    if (status == VT_OK && VT_HASH_CHECKED && strcmp(want, m->sha256) != 0)
        status = vt_lines_damaged(c, "the hash of the recipe in line 3", err);
    return status;
}

vt_status vt_mix_parse(vt_mix *out, const char *path, const void *text, isize bytes, vt_error *err)
{
    vt_mix m = {0};
    vt_lines c = {0};
    *out = (vt_mix){0};
    if (bytes > TEXT_BYTES_MAX)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: too large for a recipe", path);
    vt_status status = vt_buffer_reserve(&m.text, bytes + 1, err);
    if (status != VT_OK) return status;
    if (bytes > 0) memcpy(m.text.data, text, (size_t)bytes);
    status = vt_lines_open(&c, path, m.text.data, bytes, "mix", err);
    if (status == VT_OK) status = parse(&m, &c, err);
    if (status == VT_OK)
        *out = m;
    else
        vt_mix_finish(&m);
    return status;
}

vt_status vt_mix_read(vt_mix *out, const char *folder, vt_error *err)
{
    char path[PATH_BYTES];
    vt_map map = {0};
    *out = (vt_mix){0};
    int length = snprintf(path, sizeof path, "%s/mix.txt", folder);
    if (length < 0 || length >= PATH_BYTES)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    vt_status status = vt_map_open(&map, path, err);
    if (status == VT_OK) status = vt_mix_parse(out, path, map.data, map.bytes, err);
    vt_map_close(&map);
    return status;
}

vt_status vt_mix_write(const vt_mix *mix, const char *folder, vt_error *err)
{
    char path[PATH_BYTES];
    vt_lines_printer p = {0};
    int length = snprintf(path, sizeof path, "%s/mix.txt", folder);
    if (length < 0 || length >= PATH_BYTES)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    vt_status status = vt_lines_begin(&p, path, err);
    if (status == VT_OK)
        status = vt_lines_print(&p, err,
                                "patchlaw-mix 1\nname %s\nsha256 %s\nreplacement %d\nsources %d\n",
                                mix->name, mix->sha256, mix->replacement, mix->sources);
    for (int i = 0; i < mix->sources && status == VT_OK; i++)
        status = vt_lines_print(&p, err, "source %td %s %s\n", mix->source[i].parts,
                                mix->source[i].sha256, mix->source[i].name);
    if (status == VT_OK) status = vt_lines_commit(&p, err);
    vt_lines_close(&p);
    return status;
}

void vt_mix_finish(vt_mix *mix)
{
    vt_buffer_finish(&mix->text);
    *mix = (vt_mix){0};
}

/* ---- places ---- */

/* Samples that the sources before i have of the first blocks, to the nearest whole one. */
static isize shares_before(const vt_mix *mix, int i, isize block)
{
    isize parts = 0;
    for (int k = 0; k < i; k++) parts += mix->source[k].parts;
    return (block * parts + LEAST_PARTS / 2) / LEAST_PARTS; /* BLOCK / PARTS is 1 / LEAST_PARTS */
}

static vt_mix_place place_without(const vt_mix *mix, uint64_t seed, isize place)
{
    isize block = place / VT_MIX_BLOCK;
    isize turn = (isize)vt_rng_permute(seed, VT_RNG_MIX, (uint64_t)block, VT_MIX_BLOCK,
                                       (uint64_t)(place % VT_MIX_BLOCK));
    int i = 0;
    isize from = 0, drawn = 0;
    for (;; i++) { /* the last source ends at the block's end */
        drawn = shares_before(mix, i + 1, block) - shares_before(mix, i, block);
        isize more =
            shares_before(mix, i + 1, block + 1) - shares_before(mix, i, block + 1) - drawn;
        if (turn < from + more || i == mix->sources - 1) break;
        from += more;
    }
    isize n = drawn + turn - from, images = mix->source[i].images;
    uint64_t own = seed + (uint64_t)(i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    return (vt_mix_place){i, (isize)vt_rng_permute(own, VT_RNG_ORDER, (uint64_t)(n / images),
                                                   (uint64_t)images, (uint64_t)(n % images))};
}

static int source_drawn(const vt_mix *mix, vt_rng *rng)
{
    isize turn = (isize)vt_rng_below(rng, VT_MIX_PARTS);
    int i = 0;
    while (turn >= mix->source[i].parts) turn -= mix->source[i++].parts;
    return i;
}

vt_mix_place vt_mix_at(const vt_mix *mix, uint64_t seed, isize place)
{
    if (!mix->replacement) return place_without(mix, seed, place);
    vt_rng rng = vt_rng_at(seed, VT_RNG_MIX, 0, (uint64_t)place);
    int i = source_drawn(mix, &rng);
    return (vt_mix_place){i, (isize)vt_rng_below(&rng, (uint64_t)mix->source[i].images)};
}

void vt_mix_drawn(const vt_mix *mix, uint64_t seed, isize places, isize drawn[VT_MIX_SOURCES])
{
    isize blocks = mix->replacement ? 0 : places / VT_MIX_BLOCK;
    for (int i = 0; i < mix->sources; i++)
        drawn[i] = shares_before(mix, i + 1, blocks) - shares_before(mix, i, blocks);
    for (isize place = blocks * VT_MIX_BLOCK; place < places; place++) {
        vt_rng rng = vt_rng_at(seed, VT_RNG_MIX, 0, (uint64_t)place);
        drawn[mix->replacement ? source_drawn(mix, &rng)
                               : place_without(mix, seed, place).source]++;
    }
}
