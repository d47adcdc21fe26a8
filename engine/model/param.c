#include "model/param.h"
#include "base/profile.h"
#include "base/rng.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int decays(const char *name)
{
    static const char *const exempt[] = {"bias", "pos_embed", "norm", "gamma"};
    for (size_t i = 0; i < sizeof exempt / sizeof *exempt; i++)
        if (strstr(name, exempt[i])) return 0;
    return 1;
}

vt_param vt_param_take(vt_params *params, vt_param_info info)
{
    isize numbers = info.rows * info.cols;
    if (params->prefix) {
        char name[VT_PARAM_NAME];
        (void)snprintf(name, sizeof name, "%s%s", params->prefix, info.name);
        memcpy(info.name, name, sizeof info.name);
    }
    info.offset = params->size;
    info.decay = decays(info.name);
    if (params->info) params->info[params->count] = info;
    params->count++;
    params->size += (numbers + 15) / 16 * 16;
    params->numbers += numbers;
    return (vt_param){
        .value = params->values ? params->values + info.offset : NULL,
        .grad = params->grads ? params->grads + info.offset : NULL,
        .half = params->halves ? params->halves + info.offset : NULL,
        .rows = info.rows,
        .cols = info.cols,
        .turns = params->turns,
        .gate = params->count - 1,
    };
}

int vt_param_begin(const vt_param *param, isize turn)
{
    if (!param->turns) return 1;
    int64_t from = vt_profile_from();
    vt_turns_wait(param->turns, param->gate, turn);
    vt_profile_add(VT_PART_WAIT, from, 0, 0);
    return turn > 0;
}

void vt_param_end(const vt_param *param)
{
    if (param->turns) vt_turns_pass(param->turns, param->gate);
}

vt_param vt_param_matrix(vt_params *params, isize rows, isize cols, vt_init init,
                         const char *format, ...)
{
    vt_param_info info = {
        .rows = rows, .cols = cols, .fan = cols, .shape = {rows, cols}, .dims = 2, .init = init};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(info.name, sizeof info.name, format, args);
    va_end(args);
    return vt_param_take(params, info);
}

vt_param vt_param_vector(vt_params *params, isize cols, vt_init init, const char *format, ...)
{
    vt_param_info info = {
        .rows = 1, .cols = cols, .fan = cols, .shape = {cols}, .dims = 1, .init = init};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(info.name, sizeof info.name, format, args);
    va_end(args);
    return vt_param_take(params, info);
}

static double bound(const vt_param_info *info)
{
    double fan_in = (double)info->cols, fan_out = (double)info->rows;
    switch (info->init) {
    case VT_INIT_XAVIER:
        return sqrt(6.0 / (fan_in + fan_out));
    case VT_INIT_QKV:
        return sqrt(6.0 / (fan_in + fan_out / 3));
    case VT_INIT_CONV_BIAS:
        return 1.0 / sqrt((double)info->fan);
    case VT_INIT_ZERO:
    case VT_INIT_ONE:
    case VT_INIT_NORMAL:
        break;
    }
    return 0;
}

static double draw(const vt_param_info *info, double limit, vt_rng *rng)
{
    if (info->init == VT_INIT_ONE) return 1;
    if (info->init == VT_INIT_NORMAL) return 0.02 * vt_rng_normal(rng);
    return limit > 0 ? limit * (2 * vt_rng_unit(rng) - 1) : 0;
}

void vt_params_init(vt_real *values, const vt_param_info *info, isize count, uint64_t seed)
{
    for (isize p = 0; p < count; p++) {
        vt_rng rng = vt_rng_at(seed, VT_RNG_INIT, (uint64_t)p, 0);
        vt_real *value = values + info[p].offset;
        double limit = bound(&info[p]);
        for (isize i = 0; i < info[p].rows * info[p].cols; i++)
            value[i] = (vt_real)draw(&info[p], limit, &rng);
    }
}
