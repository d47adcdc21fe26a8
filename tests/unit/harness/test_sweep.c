/* From a sweep file to its cells. */
#include "check.h"
#include "folder.h"
#include "sweep/sweep.h"
#include <stdio.h>
#include <string.h>

static lab_error err;
static lab_sweep sweep;
static test_folder folder;

static lab_status fake_data(void *context, const char *name, char *hex, lab_error *why)
{
    (void)context;
    if (strcmp(name, "missing") == 0) return lab_fail(why, LAB_ERR_MISSING, "import it");
    (void)snprintf(hex, 65, "%s", lab_sha256_of(name, (isize)strlen(name)).hex);
    return LAB_OK;
}

/* Expands text as a sweep file beside base.yaml and probe.yaml. */
static lab_status expand_with(const char *text, char *const *arguments, int count)
{
    (void)test_folder_write(&folder, "base.yaml", "data.name: fake\nmodel.width: 32\n");
    (void)test_folder_write(&folder, "probe.yaml", "task: probe\nprobe.epochs: 2\n");
    const char *path = test_folder_write(&folder, "s.yaml", text);
    err.text[0] = 0;
    return lab_sweep_read(&sweep, path, arguments, count, (lab_data_source){fake_data, NULL, NULL},
                          &err);
}

static lab_status expand(const char *text)
{
    folder = test_folder_open();
    lab_status status = expand_with(text, NULL, 0);
    test_folder_close(&folder);
    if (status != LAB_OK && status != LAB_ERR_CONFIG) (void)printf("\n    %s\n", err.text);
    return status;
}

static const char *value(isize cell, lab_key_id id)
{
    return lab_config_value(&sweep.cells[cell].config, id);
}

static int count_kind(const char *kind)
{
    int count = 0;
    for (isize i = 0; i < sweep.count; i++)
        count += strcmp(lab_cell_kind(&sweep.cells[i]), kind) == 0;
    return count;
}

static void a_grid_is_a_product_with_the_last_axis_fastest(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\nseeds: [0, 1]\n"
                           "grid:\n  model.width: [32, 64]\n  optim.steps: [10, 20, 30]\n") ==
                    LAB_OK);
    CU_ASSERT(sweep.count == 12);
    CU_ASSERT_STRING_EQUAL(sweep.name, "s");
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_model_width), "32");
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_seed), "1");
    CU_ASSERT_STRING_EQUAL(value(2, LAB_KEY_optim_steps), "20");
    CU_ASSERT_STRING_EQUAL(value(6, LAB_KEY_model_width), "64");
    CU_ASSERT_STRING_EQUAL(value(11, LAB_KEY_optim_steps), "30");
    CU_ASSERT(strlen(value(0, LAB_KEY_data_sha256)) == 64);
    lab_sweep_finish(&sweep);
}

static void zipped_lists_walk_together(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\ngrid: {model.depth: [1, 2]}\n"
                           "zip:\n- {optim.steps: [10, 20], optim.lr_peak: [1e-3, 1e-4]}\n") ==
                    LAB_OK);
    CU_ASSERT(sweep.count == 4);
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_optim_steps), "20");
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_optim_lr_peak), "0.0001");
    CU_ASSERT_STRING_EQUAL(value(2, LAB_KEY_optim_lr_peak), "0.001");
    lab_sweep_finish(&sweep);
}

static void listed_cells_come_besides_the_grid(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\nseeds: [3, 4]\nlist:\n- {model.width: 16}\n"
                           "- {model: {width: 8}}\n") == LAB_OK);
    CU_ASSERT(sweep.count == 4);
    CU_ASSERT_STRING_EQUAL(value(3, LAB_KEY_model_width), "8");
    CU_ASSERT_STRING_EQUAL(value(3, LAB_KEY_seed), "4");
    lab_sweep_finish(&sweep);
    CU_ASSERT_FATAL(expand("base: base.yaml\ngrid: {model.width: [32, 16]}\n"
                           "list: [{model.width: 16}, {model.width: 8}]\n") == LAB_OK);
    CU_ASSERT(sweep.count == 3); /* 16 is there once */
    lab_sweep_finish(&sweep);
    CU_ASSERT_FATAL(expand("base: base.yaml\nset: {optim.steps: 5}\n") == LAB_OK);
    CU_ASSERT(sweep.count == 1);
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_optim_steps), "5");
    lab_sweep_finish(&sweep);
}

/* How many probe cells of that kind have that value. */
static int count_value(const char *kind, lab_key_id id, const char *wanted)
{
    int count = 0;
    for (isize i = 0; i < sweep.count; i++)
        count +=
            strcmp(lab_cell_kind(&sweep.cells[i]), kind) == 0 && strcmp(value(i, id), wanted) == 0;
    return count;
}

static void probes_have_axes_and_images_of_their_own(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\ngrid: {model.width: [32, 64]}\n"
                           "probe:\n  base: probe.yaml\n  controls: [untrained, pixels]\n"
                           "  set: {tune.rank: 4}\n"
                           "  grid:\n    data.name: [fake, other]\n"
                           "    tune.method: [frozen, lora, full]\n"
                           "    probe.epochs: [2, 3]\n") == LAB_OK);
    CU_ASSERT(count_kind("pretrain") == 2);
    CU_ASSERT(count_kind("probe") == 2 * 2 * 3 * 2);
    CU_ASSERT(count_kind("untrained") == 2 * 2 * 3 * 2);
    CU_ASSERT(count_kind("pixels") == 2 * 2); /* of data and epochs: there is nothing to tune */
    CU_ASSERT(count_value("probe", LAB_KEY_data_name, "other") == 12);
    CU_ASSERT(count_value("pretrain", LAB_KEY_data_name, "other") == 0);
    CU_ASSERT(count_value("probe", LAB_KEY_data_sha256, lab_sha256_of("other", 5).hex) == 12);
    CU_ASSERT(count_value("probe", LAB_KEY_data_sha256, lab_sha256_of("fake", 4).hex) == 12);
    CU_ASSERT(count_value("probe", LAB_KEY_tune_rank, "4") == 16); /* a frozen one has no rank */
    CU_ASSERT(count_value("pixels", LAB_KEY_tune_method, "frozen") == 4);
    lab_sweep_finish(&sweep);
    CU_ASSERT_FATAL(expand("base: base.yaml\ngrid: {data.image_px: [28, 56]}\n"
                           "probe: {base: probe.yaml, set: {data.image_px: 32}}\n") == LAB_OK);
    CU_ASSERT(count_value("probe", LAB_KEY_data_image_px, "32") == 2);
    CU_ASSERT(count_value("pretrain", LAB_KEY_data_image_px, "56") == 1);
    lab_sweep_finish(&sweep);
}

static void probes_follow_their_trunks(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\nseeds: [0, 1]\n"
                           "grid: {model.width: [32, 64], optim.steps: [10, 20]}\n"
                           "probe:\n  base: probe.yaml\n  controls: [untrained, pixels]\n"
                           "  set: {probe.lrs: [0.1]}\n") == LAB_OK);
    CU_ASSERT(count_kind("pretrain") == 8);
    CU_ASSERT(count_kind("probe") == 8);
    CU_ASSERT(count_kind("untrained") == 4); /* two widths, two seeds */
    CU_ASSERT(count_kind("pixels") == 2);    /* two seeds */
    for (isize i = 0; i < sweep.count; i++) {
        const lab_cell *cell = &sweep.cells[i];
        if (strcmp(lab_cell_kind(cell), "probe") != 0) continue;
        CU_ASSERT_FATAL(cell->parent_cell >= 0 && cell->parent_cell < i);
        const lab_cell *trunk = &sweep.cells[cell->parent_cell];
        CU_ASSERT_STRING_EQUAL(cell->parent.hex, trunk->hash.hex);
        CU_ASSERT_STRING_EQUAL(value(i, LAB_KEY_probe_trunk), trunk->hash.hex);
        CU_ASSERT_STRING_EQUAL(value(i, LAB_KEY_model_width),
                               value(cell->parent_cell, LAB_KEY_model_width));
        CU_ASSERT_STRING_EQUAL(value(i, LAB_KEY_seed), value(cell->parent_cell, LAB_KEY_seed));
        CU_ASSERT_STRING_EQUAL(value(i, LAB_KEY_data_sha256),
                               value(cell->parent_cell, LAB_KEY_data_sha256));
        CU_ASSERT_STRING_EQUAL(value(i, LAB_KEY_probe_epochs), "2");
        CU_ASSERT_STRING_EQUAL(value(i, LAB_KEY_probe_lrs), "[0.1]");
    }
    lab_sweep_finish(&sweep);
}

static void the_sweeps_identity_is_file_and_cells(void)
{
    static const char text[] = "base: base.yaml\ngrid: {model.width: [32, 64]}\n";
    char steps[] = "optim.steps=7", *arguments[] = {steps};
    CU_ASSERT_FATAL(expand(text) == LAB_OK);
    lab_sha256 first = lab_sweep_hash(&sweep);
    lab_sweep_finish(&sweep);
    CU_ASSERT_FATAL(expand(text) == LAB_OK);
    CU_ASSERT_STRING_EQUAL(lab_sweep_hash(&sweep).hex, first.hex);
    lab_sweep_finish(&sweep);
    folder = test_folder_open();
    CU_ASSERT(expand_with(text, arguments, 1) == LAB_OK);
    test_folder_close(&folder);
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_optim_steps), "7");
    CU_ASSERT_STRING_NOT_EQUAL(lab_sweep_hash(&sweep).hex, first.hex);
    lab_sweep_finish(&sweep);
}

static void refused(const char *text, const char *words)
{
    lab_status status = expand(text);
    int good = status == LAB_ERR_CONFIG && strstr(err.text, words);
    if (!good)
        (void)printf("\n    %s\n    gave %d '%s', want '%s'\n", text, status, err.text, words);
    CU_ASSERT(good);
    lab_sweep_finish(&sweep);
}

static void bad_sweeps_are_refused(void)
{
    refused("bsae: x\n", "s.yaml:1:1: 'bsae' is not one of");
    refused("name: a\nname: b\n", "s.yaml:2:1: name: set twice");
    refused("name: [a]\n", "takes a sentence");
    refused("base: none.yaml\n", "s.yaml:1:7: base: ");
    refused("base: probe.yaml\n", "its base is a probe's config");
    refused("grid: {modle.width: [1]}\n", "s.yaml:1:8: unknown key 'modle.width'");
    refused("grid: {model.width: 32}\n", "takes a list");
    refused("grid: {model.width: []}\n", "takes a list");
    refused("grid: {model.width: [32, 33]}\n", "multiple of 4");
    refused("grid: {model.width: [32, x]}\n", "s.yaml:1:26: model.width: 'x'");
    refused("grid: {model.width: [32]}\nzip: [{model.width: [64]}]\n", "is an axis already, at ");
    refused("grid: {seed: [1]}\nseeds: [2]\n", "is an axis already");
    refused("set: {seed: 4}\nseeds: [0, 1]\n",
            "s.yaml:1:13: seed: this value would change nothing");
    refused("set: {optim: {steps: 4}}\ngrid: {optim.steps: [1]}\n", "optim.steps: this value");
    refused("list: [{seed: 4}]\nseeds: [0, 1]\n", "seed: this value would change nothing");
    refused("grid: {probe.epochs: [1]}\n", "set it under probe");
    refused("zip: [{optim.steps: [1, 2], seed: [1]}]\n",
            "seed: has 1 values where optim.steps has 2");
    refused("zip: {a: [1]}\n", "takes a list of groups");
    refused("list: [{zzz: 1}]\n", "unknown key 'zzz'");
    refused("probe: {controls: [random]}\n", "neither untrained nor pixels");
    refused("probe: {set: {model.width: 4}}\n", "comes from the pre-training cell");
    refused("probe: {set: {probe.trunk: pixels}}\n", "filled in by the sweep");
    refused("probe: {grids: {}}\n", "'grids' is not one of");
    refused("probe: {grid: []}\n", "grid: takes key");
    refused("probe: {grid: {model.width: [4, 8]}}\n", "comes from the pre-training cell");
    refused("probe: {grid: {probe.trunk: [pixels]}}\n", "filled in by the sweep");
    refused("probe: {grid: {probe.epochs: [1, x]}}\n", "probe.epochs");
    refused("probe: {set: {probe.epochs: 3}, grid: {probe.epochs: [1, 2]}}\n", "is set at");
    refused("list: []\n", "has no cell");
}

static void ten_thousand_cells_are_no_burden(void)
{
    CU_ASSERT(sizeof(lab_cell) <= 2048);
    CU_ASSERT(expand("base: base.yaml\nseeds: 5000\nlist: [{}]\ngrid: {model.width: [32]}\n"
                     "probe: {base: probe.yaml}\n") == LAB_OK); /* the list's are all there */
    CU_ASSERT_FATAL(sweep.count == 10000);
    CU_ASSERT(sweep.equal.count == 5000);
    CU_ASSERT(lab_sweep_find(&sweep, sweep.cells[9999].hash.hex) == 9999);
    lab_sweep_finish(&sweep);
}

static void arguments_that_change_nothing_are_refused(void)
{
    char width[] = "model.width=64", probe[] = "probe.epochs=1";
    char *arguments[] = {width}, *probes[] = {probe};
    folder = test_folder_open();
    CU_ASSERT(expand_with("grid: {model.width: [32]}\n", arguments, 1) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "model.width is an axis here") != NULL);
    lab_sweep_finish(&sweep);
    CU_ASSERT(expand_with("seeds: [1]\n", probes, 1) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "has no probe") != NULL);
    lab_sweep_finish(&sweep);
    CU_ASSERT(expand_with("set: {data.name: missing}\n", NULL, 0) == LAB_ERR_MISSING);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

SUITE(sweep,
      {"a grid is a product, the last axis fastest",
       a_grid_is_a_product_with_the_last_axis_fastest},
      {"zipped lists walk together", zipped_lists_walk_together},
      {"listed cells come besides the grid", listed_cells_come_besides_the_grid},
      {"probes have axes and images of their own", probes_have_axes_and_images_of_their_own},
      {"probes follow their trunks", probes_follow_their_trunks},
      {"the sweep's identity is file and cells", the_sweeps_identity_is_file_and_cells},
      {"bad sweeps are refused", bad_sweeps_are_refused},
      {"ten thousand cells are no burden", ten_thousand_cells_are_no_burden},
      {"arguments that change nothing are refused", arguments_that_change_nothing_are_refused})
