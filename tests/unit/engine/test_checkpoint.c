/* Checkpoints: a resumed run is the uninterrupted one to the bit, and nothing else is loaded. */
#include "check.h"
#include "core_fixture.h"
#include "train/checkpoint.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static vt_error err;
static core_data data;
static char folder[FIXTURE_PATH], path[FIXTURE_PATH];
static unsigned char file_bytes[1 << 18];

static void begin(void)
{
    core_data_open(&data);
    fixture_path(folder, data.folder, "run");
    fixture_write(data.folder, "run/.keep", "", 0);
    fixture_path(path, folder, VT_CHECKPOINT_FILE);
}

static void write_checkpoint(const vt_trainer *t, char sha256[VT_SHA256_HEX])
{
    isize bytes = 0;
    CU_ASSERT_EQUAL_FATAL(vt_checkpoint_write(t, folder, &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(fixture_read(folder, VT_CHECKPOINT_FILE, file_bytes, sizeof file_bytes), bytes);
    CU_ASSERT_EQUAL(fixture_files(folder), 2); /* .keep and the checkpoint: nothing partial */
}

/* A trainer that ran `steps` steps and left a checkpoint. */
static void leave_checkpoint(const vt_config *config, int steps)
{
    char sha256[VT_SHA256_HEX];
    vt_trainer t;
    core_trainer_open(&t, config, &data, NULL);
    for (int s = 0; s < steps; s++) (void)core_step(&t);
    write_checkpoint(&t, sha256);
    vt_trainer_close(&t);
}

static vt_status load(const vt_config *config, int *found)
{
    vt_trainer t;
    core_trainer_open(&t, config, &data, NULL);
    vt_status status = vt_checkpoint_load(&t, folder, found, &err);
    if (status != VT_OK) CU_ASSERT(*found == 0 && t.step == 0);
    vt_trainer_close(&t);
    return status;
}

/* ---- resume ---- */

static void check_resume(const vt_config *config, int at, vt_pool *pool)
{
    enum { STEPS = 7 };
    char sha256[VT_SHA256_HEX], whole[VT_SHA256_HEX], resumed[VT_SHA256_HEX];
    double losses[STEPS];
    vt_trainer a, b;
    int found = 0;
    core_trainer_open(&a, config, &data, NULL);
    core_trainer_open(&b, config, &data, pool);
    for (int s = 0; s < STEPS; s++) {
        if (s == at) write_checkpoint(&a, sha256);
        losses[s] = core_step(&a).loss;
    }
    for (isize i = 0; i < b.learner.params.size; i++)
        b.learner.params.values[i] = b.learner.optim.v[i] = 9; /* overwritten */
    CU_ASSERT_EQUAL(vt_checkpoint_load(&b, folder, &found, &err), VT_OK);
    CU_ASSERT(found == 1 && b.step == at);
    for (int s = at; s < STEPS; s++) CU_ASSERT_EQUAL(core_step(&b).loss, losses[s]);
    for (isize p = 0; p < a.learner.params.count; p++) {
        const vt_param_info *info = &a.learner.params.info[p];
        isize count = info->rows * info->cols;
        CU_ASSERT(core_same(a.learner.params.values + info->offset,
                            b.learner.params.values + info->offset, count));
        CU_ASSERT(
            core_same(a.learner.optim.m + info->offset, b.learner.optim.m + info->offset, count));
        CU_ASSERT(
            core_same(a.learner.optim.v + info->offset, b.learner.optim.v + info->offset, count));
    }
    write_checkpoint(&a, whole);
    write_checkpoint(&b, resumed);
    CU_ASSERT_STRING_EQUAL(whole, resumed);
    CU_ASSERT_STRING_NOT_EQUAL(whole, sha256);
    vt_trainer_close(&a);
    vt_trainer_close(&b);
}

static void a_resumed_run_is_the_uninterrupted_one(void)
{
    vt_pool *pool = NULL;
    begin();
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 3, &err), VT_OK);
    vt_config config = core_config(NULL);
    check_resume(&config, 0, NULL);
    check_resume(&config, 3, NULL);
    check_resume(&config, 4, pool); /* on another number of workers */
    config = core_config((core_setting[]){{"model.attention", "causal"}, {0}});
    check_resume(&config, 6, pool);
    config = core_config((core_setting[]){{"model.precision", "bf16"}, {"train.sums", "2"}, {0}});
    check_resume(&config, 3, pool); /* what products read is made again */
    vt_pool_close(&pool);
    core_data_close(&data);
}

static void a_folder_without_a_checkpoint_has_none(void)
{
    int found = 1;
    begin();
    vt_config config = core_config(NULL);
    CU_ASSERT_EQUAL(load(&config, &found), VT_OK);
    CU_ASSERT_EQUAL(found, 0);
    core_data_close(&data);
}

/* ---- contents ---- */

static void names_and_notes_are_the_documented_ones(void)
{
    static const char *const names[] = {
        "preprocessor.patchifier.proj.weight",
        "trunk.blocks.1.attn.qkv.weight",
        "trunk.post_trunk_norm.bias",
        "head.decoder_pred.weight",
        "optim.m.trunk.blocks.1.attn.qkv.weight",
        "optim.v.head.decoder_pred.bias",
    };
    vt_safetensors *file = NULL;
    begin();
    vt_config config = core_config(NULL);
    leave_checkpoint(&config, 3);
    CU_ASSERT_EQUAL_FATAL(vt_safetensors_open(&file, path, &err), VT_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT(vt_safetensors_count(file, names[i]) > 0);
    CU_ASSERT_EQUAL(vt_safetensors_count(file, names[1]), 48 * 16);
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "config"), config.hash);
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "step"), "3");
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "steps"), "60");
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "points"), "0");
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "validated"), "0");
    CU_ASSERT_PTR_NOT_NULL(vt_safetensors_note(file, "format"));
    CU_ASSERT_PTR_NOT_NULL(vt_safetensors_note(file, "arithmetic"));
    CU_ASSERT_EQUAL(vt_safetensors_verify(file, &err), VT_OK);
    vt_safetensors_close(&file);
    core_data_close(&data);
}

static void the_trunk_alone_is_read_from_it(void)
{
    static vt_real values[1 << 14];
    static vt_param_info info[64];
    begin();
    vt_config config = core_config(NULL);
    vt_trainer t;
    char sha256[VT_SHA256_HEX], read[VT_SHA256_HEX];
    core_trainer_open(&t, &config, &data, NULL);
    (void)core_step(&t);
    write_checkpoint(&t, sha256);
    vt_params trunk = {.info = info};
    vt_arena none = {0};
    vt_aim_shape shape = vt_aim_shape_of(&config);
    (void)vt_trunk_plan(&shape.trunk, &trunk, &none);
    CU_ASSERT_EQUAL(vt_checkpoint_trunk(path, values, info, trunk.count, read, &err), VT_OK);
    CU_ASSERT_STRING_EQUAL(read, sha256);
    CU_ASSERT(core_same(values, t.learner.params.values, trunk.size)); /* the trunk stands first */
    shape.trunk.depth = 3;
    trunk = (vt_params){.info = info};
    (void)vt_trunk_plan(&shape.trunk, &trunk, &none);
    CU_ASSERT_EQUAL(vt_checkpoint_trunk(path, values, info, trunk.count, read, &err),
                    VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "trunk.blocks.2"));
    shape.trunk.depth = 2;
    shape.trunk.width = 8;
    trunk = (vt_params){.info = info};
    (void)vt_trunk_plan(&shape.trunk, &trunk, &none);
    CU_ASSERT_EQUAL(vt_checkpoint_trunk(path, values, info, trunk.count, read, &err),
                    VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "elements, want"));
    fixture_flip(folder, VT_CHECKPOINT_FILE, -1); /* in the optimiser's part: still noticed */
    CU_ASSERT_EQUAL(vt_checkpoint_trunk(path, values, info, trunk.count, read, &err),
                    VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "damaged"));
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* ---- refused ---- */

static void another_configs_checkpoint_is_refused(void)
{
    int found = 1;
    begin();
    vt_config config = core_config(NULL);
    leave_checkpoint(&config, 2);
    CU_ASSERT_EQUAL(load(&config, &found), VT_OK);
    CU_ASSERT_EQUAL(found, 1);
    vt_config other = core_config((core_setting[]){{"seed", "1"}, {0}}); /* the same shape */
    CU_ASSERT_EQUAL(load(&other, &found), VT_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "another folder") && strstr(err.text, path));
    core_data_close(&data);
}

static void a_damaged_checkpoint_is_refused(void)
{
    int found = 1;
    begin();
    vt_config config = core_config(NULL);
    leave_checkpoint(&config, 2);
    isize bytes = fixture_read(folder, VT_CHECKPOINT_FILE, file_bytes, sizeof file_bytes);
    const isize cuts[] = {0, 7, 8, 100, bytes / 2, bytes - 4, bytes - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        fixture_write(folder, VT_CHECKPOINT_FILE, file_bytes, cuts[i]);
        CU_ASSERT_EQUAL(load(&config, &found), VT_ERR_FORMAT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
    }
    fixture_write(folder, VT_CHECKPOINT_FILE, file_bytes, bytes);
    for (isize at = bytes - 1; at > bytes / 2; at -= bytes / 11) {
        fixture_flip(folder, VT_CHECKPOINT_FILE, at);
        CU_ASSERT_EQUAL(load(&config, &found), VT_ERR_FORMAT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "damaged"));
        fixture_flip(folder, VT_CHECKPOINT_FILE, at);
    }
    fixture_write(folder, VT_CHECKPOINT_FILE, "not a checkpoint, but long enough", 33);
    CU_ASSERT_EQUAL(load(&config, &found), VT_ERR_FORMAT);
    fixture_write(folder, VT_CHECKPOINT_FILE, file_bytes, bytes);
    CU_ASSERT_EQUAL(load(&config, &found), VT_OK);
    core_data_close(&data);
}

/* A bit of the header, where the step stands, is as easily lost as one of the payload. */
static void a_flipped_bit_of_the_header_is_noticed(void)
{
    int found = 1;
    begin();
    vt_config config = core_config(NULL);
    leave_checkpoint(&config, 2);
    isize header = 8 + (file_bytes[0] | file_bytes[1] << 8 | file_bytes[2] << 16);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    for (isize at = 0; at < header; at += at < 400 ? 1 : 97) {
        fixture_flip(folder, VT_CHECKPOINT_FILE, at);
        CU_ASSERT_EQUAL(vt_checkpoint_load(&t, folder, &found, &err), VT_ERR_FORMAT);
        CU_ASSERT(found == 0 && t.step == 0);
        fixture_flip(folder, VT_CHECKPOINT_FILE, at);
    }
    CU_ASSERT_EQUAL(vt_checkpoint_load(&t, folder, &found, &err), VT_OK);
    vt_trainer_close(&t);
    core_data_close(&data);
}

static void put_file(const vt_tensor *tensors, isize count, const vt_note *notes, isize note_count)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_safetensors_content content = {tensors, count, notes, note_count};
    CU_ASSERT_EQUAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_OK);
}

static void a_file_that_is_no_checkpoint_is_refused(void)
{
    static const vt_real number = 1;
    static const struct {
        int note; /* in notes below */
        const char *value, *why;
    } cases[] = {
        {0, "patchlaw checkpoint 2", "not a checkpoint"},
        {2, "-1", "step \"-1\" is no number"},
        {2, "61", "out of range"},
        {2, "x", "no number"},
        {2, "", "no number"},
        {2, "2x", "no number"},
        {2, "99999999999999999999", "out of range"},
        {3, "few", "points \"few\" is no number"},
        {4, "-1", "validated \"-1\" is no number"},
        {4, "0", "no tensor"}, /* all notes are good */
    };
    vt_tensor tensor = {"x", &number, {1}, 1};
    int found = 1;
    begin();
    vt_config config = core_config(NULL);
    put_file(&tensor, 1, NULL, 0);
    CU_ASSERT_EQUAL(load(&config, &found), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not a checkpoint"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vt_note notes[] = {{"format", "patchlaw checkpoint 1"},
                           {"config", config.hash},
                           {"step", "2"},
                           {"points", "0"},
                           {"validated", "0"}};
        notes[cases[i].note].value = cases[i].value;
        put_file(&tensor, 1, notes, 5);
        CU_ASSERT_EQUAL(load(&config, &found), VT_ERR_FORMAT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].why));
        put_file(&tensor, 1, notes, cases[i].note); /* and without it */
        CU_ASSERT_EQUAL(load(&config, &found), VT_ERR_FORMAT);
    }
    core_data_close(&data);
}

/* ---- what others ask of it ---- */

static void only_the_last_checkpoint_of_its_run_is_a_trunk_to_probe(void)
{
    begin();
    vt_config config = core_config((core_setting[]){{"optim.steps", "3"}, {0}});
    vt_config other = core_config((core_setting[]){{"optim.steps", "4"}, {0}});
    CU_ASSERT_EQUAL(vt_checkpoint_is_of(path, config.hash, &err), VT_ERR_IO);
    leave_checkpoint(&config, 2);
    CU_ASSERT_EQUAL(vt_checkpoint_is_of(path, config.hash, &err), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "at step 2 of 3"));
    leave_checkpoint(&config, 3);
    CU_ASSERT_EQUAL(vt_checkpoint_is_of(path, config.hash, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_checkpoint_is_of(path, other.hash, &err), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "probe.trunk wants"));
    put_file(NULL, 0, NULL, 0);
    CU_ASSERT_EQUAL(vt_checkpoint_is_of(path, config.hash, &err), VT_ERR_FORMAT);
    core_data_close(&data);
}

static void a_checkpoint_is_described_as_it_was_written(void)
{
    char wrote[VT_SHA256_HEX], lies[VT_SHA256_HEX];
    isize bytes = 0, described = 0;
    vt_trainer t, back;
    int found = 0;
    begin();
    vt_config config = core_config(NULL);
    core_trainer_open(&t, &config, &data, NULL);
    core_trainer_open(&back, &config, &data, NULL);
    CU_ASSERT_EQUAL(vt_checkpoint_describe(folder, &described, lies, &err), VT_ERR_IO);
    t.points = 12;
    t.validated = 7;
    CU_ASSERT_EQUAL(vt_checkpoint_write(&t, folder, &bytes, wrote, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_checkpoint_describe(folder, &described, lies, &err), VT_OK);
    CU_ASSERT_EQUAL(bytes, described);
    CU_ASSERT_STRING_EQUAL(wrote, lies);
    CU_ASSERT_EQUAL(vt_checkpoint_load(&back, folder, &found, &err), VT_OK);
    CU_ASSERT(back.points == 12 && back.validated == 7);
    vt_trainer_close(&t);
    vt_trainer_close(&back);
    core_data_close(&data);
}

static void a_folder_that_cannot_be_written_is_named(void)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_trainer t;
    begin();
    vt_config config = core_config(NULL);
    core_trainer_open(&t, &config, &data, NULL);
    fixture_path(path, data.folder, "none");
    CU_ASSERT_EQUAL(vt_checkpoint_write(&t, path, &bytes, sha256, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
    vt_trainer_close(&t);
    core_data_close(&data);
}

SUITE(checkpoint,
      {"a resumed run is the uninterrupted one", a_resumed_run_is_the_uninterrupted_one},
      {"a folder without a checkpoint has none", a_folder_without_a_checkpoint_has_none},
      {"names and notes are the documented ones", names_and_notes_are_the_documented_ones},
      {"the trunk alone is read from it", the_trunk_alone_is_read_from_it},
      {"another config's checkpoint is refused", another_configs_checkpoint_is_refused},
      {"a damaged checkpoint is refused", a_damaged_checkpoint_is_refused},
      {"a flipped bit of the header is noticed", a_flipped_bit_of_the_header_is_noticed},
      {"a file that is no checkpoint is refused", a_file_that_is_no_checkpoint_is_refused},
      {"only the last checkpoint of its run is a trunk to probe",
       only_the_last_checkpoint_of_its_run_is_a_trunk_to_probe},
      {"a checkpoint is described as it was written", a_checkpoint_is_described_as_it_was_written},
      {"a folder that cannot be written is named", a_folder_that_cannot_be_written_is_named})
