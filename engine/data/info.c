#include "data/info.h"
#include "base/file.h"
#include "data/dataset.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

void vt_print_json_text(const char *text)
{
    (void)putchar('"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            (void)printf("\\%c", c);
        else if (c < 32)
            (void)printf("\\u%04x", c);
        else
            (void)putchar(c);
    }
    (void)putchar('"');
}

static void json_reals(const char *key, const double *values, int count)
{
    (void)printf(",\"%s\":[", key);
    for (int i = 0; i < count; i++) (void)printf(i > 0 ? ",%.17g" : "%.17g", values[i]);
    (void)printf("]");
}

typedef struct {
    int height[2], width[2]; /* least, most */
    isize bytes;             /* of all stored images */
} extent;

static void extent_add(extent *e, const vt_image *image)
{
    int first = e->bytes == 0;
    if (first || image->height < e->height[0]) e->height[0] = image->height;
    if (image->height > e->height[1]) e->height[1] = image->height;
    if (first || image->width < e->width[0]) e->width[0] = image->width;
    if (image->width > e->width[1]) e->width[1] = image->width;
    e->bytes += image->bytes;
}

static void info_json(const vt_dataset_info *info, const extent *e)
{
    (void)printf("{\"name\":");
    vt_print_json_text(info->name);
    (void)printf(",\"sha256\":\"%s\",\"classes\":[", info->sha256);
    for (isize i = 0; i < info->classes; i++) {
        if (i > 0) (void)putchar(',');
        vt_print_json_text(info->class_names[i]);
    }
    (void)printf("],\"images\":{\"train\":%td,\"test\":%td},\"channels\":%d",
                 info->images[VT_SPLIT_TRAIN], info->images[VT_SPLIT_TEST], info->channels);
    (void)printf(",\"height\":[%d,%d],\"width\":[%d,%d]", e->height[0], e->height[1], e->width[0],
                 e->width[1]);
    json_reals("mean", info->mean, info->channels);
    json_reals("std", info->std, info->channels);
    (void)printf(",\"bytes\":%td", e->bytes);
}

static void info_text(const vt_dataset_info *info, const extent *e)
{
    (void)printf("name      %s\nsha256    %s\nimages    %td train, %td test\n", info->name,
                 info->sha256, info->images[VT_SPLIT_TRAIN], info->images[VT_SPLIT_TEST]);
    (void)printf("size      height %d to %d px, width %d to %d px, %s, %td bytes\n", e->height[0],
                 e->height[1], e->width[0], e->width[1], info->channels == 1 ? "grey" : "RGB",
                 e->bytes);
    for (int row = 0; row < 2; row++) {
        (void)printf(row == 0 ? "mean     " : "std      ");
        for (int c = 0; c < info->channels; c++)
            (void)printf(" %.6f", row == 0 ? info->mean[c] : info->std[c]);
        (void)printf("\n");
    }
    (void)printf("classes   %td:", info->classes);
    for (isize i = 0; i < info->classes; i++)
        (void)printf("%s %s", i > 0 ? "," : "", info->class_names[i]);
    (void)printf("\n");
}

static void mix_json(const vt_mix *mix)
{
    if (!mix) return;
    (void)printf(",\"replacement\":%d,\"sources\":[", mix->replacement);
    for (int i = 0; i < mix->sources; i++) {
        const vt_mix_source *s = &mix->source[i];
        (void)printf("%s{\"name\":\"%s\",\"sha256\":\"%s\",\"weight\":%.6f,\"images\":%td}",
                     i > 0 ? "," : "", s->name, s->sha256, (double)s->parts / VT_MIX_PARTS,
                     s->images);
    }
    (void)printf("]");
}

static void mix_text(const vt_mix *mix)
{
    for (int i = 0; mix && i < mix->sources; i++) {
        const vt_mix_source *s = &mix->source[i];
        double share = (double)s->parts / VT_MIX_PARTS;
        (void)printf("source    %.6g %s: %td images, an epoch in %.0f samples, %s replacement\n",
                     share, s->name, s->images, (double)s->images / share,
                     mix->replacement ? "with" : "without");
    }
}

/* The record of a curation as it stands in the folder, behind what is put before it. */
static vt_status funnel_print(const char *folder, const char *file, const char *before,
                              vt_error *err)
{
    char path[PATH_BYTES];
    vt_map map = {0};
    int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    if (length < 0 || length >= PATH_BYTES || access(path, F_OK) != 0) return VT_OK;
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK) return status;
    (void)fputs(before, stdout);
    if (map.bytes > 0) (void)fwrite(map.data, 1, (size_t)map.bytes, stdout);
    vt_map_close(&map);
    return VT_OK;
}

vt_status vt_info_print(const char *folder, int json, vt_error *err)
{
    vt_dataset *dataset = NULL;
    extent e = {.bytes = 0};
    vt_status status = vt_dataset_open(&dataset, folder, err);
    if (status != VT_OK) return status;
    const vt_dataset_info *info = vt_dataset_about(dataset);
    for (vt_split split = 0; split < VT_SPLIT_COUNT; split++)
        for (isize i = 0; i < info->images[split] && status == VT_OK; i++) {
            vt_image image;
            status = vt_dataset_image(&image, dataset, split, i, err);
            if (status == VT_OK) extent_add(&e, &image);
        }
    if (status != VT_OK) goto done;
    if (json) {
        info_json(info, &e);
        mix_json(vt_dataset_mix(dataset));
        status = funnel_print(folder, "funnel.json", ",\"funnel\":", err);
        (void)fputs("}\n", stdout);
    } else {
        info_text(info, &e);
        mix_text(vt_dataset_mix(dataset));
        status = funnel_print(folder, "funnel.txt", "\n", err);
    }
done:
    vt_dataset_close(&dataset);
    return status;
}
