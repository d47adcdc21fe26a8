/* What the engine is asked of a sweep's cells, and how often. */
#include "base/file.h"
#include "base/heap.h"
#include "check.h"
#include "folder.h"
#include "launch/estimate.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static lab_error err;
static lab_sweep sweep;
static lab_estimates estimates;
static test_folder folder;

/* It notes each question in its data folder, and dies of width 8. */
static const char script[] =
    "#!/bin/sh\n"
    "value() { sed -n \"s/^$1: //p\" \"$config\"; }\n"
    "config=$3 steps=1 batch=1\n"
    "echo x >> \"$5/asks\"\n"
    "w=$(value model.width)\n"
    "[ \"$w\" = 8 ] && kill -SEGV $$\n"
    "[ \"$(value task)\" = probe ] || steps=$(value optim.steps) batch=$(value "
    "optim.batch_images)\n"
    "printf 'model\\t1\\t2\\t3\\t%d\\t%d\\t%d\\t%d\\t%d\\t%d\\n' $w $((w * batch)) \\\n"
    "    $((w * batch * steps)) $steps $((batch * steps)) $((batch * steps * 3))\n";

static lab_status fake_data(void *context, const char *name, char *hex, lab_error *why)
{
    (void)context;
    (void)why;
    (void)snprintf(hex, 65, "%s", lab_sha256_of(name, (isize)strlen(name)).hex);
    return LAB_OK;
}

static lab_engine engine_open(void)
{
    folder = test_folder_open();
    lab_engine engine = {.program = lab_heap_text(test_folder_write(&folder, "engine.sh", script)),
                         .data = lab_heap_text(folder.path)};
    CU_ASSERT_FATAL(chmod(engine.program, 0777) == 0);
    return engine;
}

/* Expands text and plans all of its cells. */
static lab_status plan(const lab_engine *engine, const char *text)
{
    const char *path = test_folder_write(&folder, "s.yaml", text);
    CU_ASSERT_FATAL(lab_sweep_read(&sweep, path, NULL, 0, (lab_data_source){fake_data, NULL, NULL},
                                   &err) == LAB_OK);
    bool *wanted = lab_heap_take(sweep.count * (isize)sizeof *wanted);
    for (isize i = 0; i < sweep.count; i++) wanted[i] = true;
    lab_status status = lab_estimate_plan(&estimates, engine, &sweep, wanted, (lab_until){0}, &err);
    lab_heap_free(wanted);
    return status;
}

static isize asked(void)
{
    lab_text text = {0}, path = {0};
    lab_text_add(&path, "%s/asks", folder.path);
    CU_ASSERT(lab_file_read(&text, lab_text_of(&path), 1, &err) == LAB_OK);
    isize count = text.length / 2;
    lab_text_finish(&text);
    lab_text_finish(&path);
    return count;
}

static void finish(lab_engine *engine)
{
    lab_estimate_finish(&estimates);
    lab_sweep_finish(&sweep);
    lab_engine_finish(engine);
    test_folder_close(&folder);
}

static void shapes_are_asked_for_once(void)
{
    lab_engine engine = engine_open();
    CU_ASSERT_FATAL(plan(&engine, "set: {model.heads: 1}\n"
                                  "grid:\n  model.width: [16, 32]\n  optim.steps: [5, 7, 9]\n"
                                  "  optim.warmup: [0, 0.1]\nseeds: 100\n") == LAB_OK);
    CU_ASSERT_FATAL(sweep.count == 1200);
    CU_ASSERT(asked() == 2);
    for (isize i = 0; i < sweep.count; i++) {
        const lab_estimate *cell = &estimates.cells[i];
        int64_t width = lab_config_int(&sweep.cells[i].config, LAB_KEY_model_width);
        int64_t steps = lab_config_int(&sweep.cells[i].config, LAB_KEY_optim_steps);
        CU_ASSERT(cell->planned && cell->steps == steps && cell->images == steps * 64);
        CU_ASSERT(cell->flops_total == width * 64 * steps);
        CU_ASSERT(cell->cost.flops == (double)cell->flops_total);
        CU_ASSERT(cell->cost.images == (double)cell->images);
        CU_ASSERT(cell->like == i / 200 * 200); /* rates, seeds */
    }
    finish(&engine);
}

static void probes_of_one_shape_are_asked_for_once(void)
{
    lab_engine engine = engine_open();
    CU_ASSERT_FATAL(plan(&engine, "set: {model.heads: 1}\n"
                                  "grid: {model.width: [16, 32], optim.lr_peak: [1, 2, 3]}\n"
                                  "probe: {controls: [untrained]}\n") == LAB_OK);
    CU_ASSERT_FATAL(sweep.count == 14);
    CU_ASSERT(asked() == 2 + 2 + 2); /* pre-training, probes of runs, of untrained trunks */
    finish(&engine);
}

static void a_death_leaves_one_shape_without_a_plan(void)
{
    lab_engine engine = engine_open();
    lab_plan costs;
    CU_ASSERT_FATAL(plan(&engine, "set: {model.heads: 1}\ngrid: {model.width: [4, 8, 12]}\n") ==
                    LAB_OK);
    CU_ASSERT(estimates.cells[0].planned && estimates.cells[2].planned);
    CU_ASSERT(!estimates.cells[1].planned);
    CU_ASSERT(lab_estimate_config(&engine, &sweep.cells[1].config, &costs, &err) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "plans no cell of model.width 8") != NULL);
    CU_ASSERT(strstr(err.text, "ended by signal 11") != NULL);
    finish(&engine);
}

static void cells_without_a_plan_are_like_themselves(void)
{
    lab_engine engine = engine_open();
    struct rlimit limit, none;
    int next = dup(0);
    CU_ASSERT_FATAL(next > 0 && close(next) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const char text[] = "grid: {optim.batch_images: [16, 32, 64]}\n";
    CU_ASSERT_FATAL(plan(&engine, text) == LAB_OK);
    lab_estimate_finish(&estimates);
    none = (struct rlimit){(rlim_t)next + 1, limit.rlim_max}; /* for the config, not the engine */
    const bool wanted[] = {true, true, true};
    CU_ASSERT_FATAL(setrlimit(RLIMIT_NOFILE, &none) == 0);
    lab_status status =
        lab_estimate_plan(&estimates, &engine, &sweep, wanted, (lab_until){0}, &err);
    CU_ASSERT_FATAL(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CU_ASSERT(status == LAB_ERR_IO);
    for (isize i = 0; i < 3; i++)
        CU_ASSERT(estimates.cells[i].like == i && !estimates.cells[i].planned);
    finish(&engine);
}

SUITE(estimate, {"shapes are asked for once", shapes_are_asked_for_once},
      {"probes of one shape are asked for once", probes_of_one_shape_are_asked_for_once},
      {"a death leaves one shape without a plan", a_death_leaves_one_shape_without_a_plan},
      {"cells without a plan are like themselves", cells_without_a_plan_are_like_themselves})
