/* Products in bf16 are primitives of oneDNN, made once: their sizes and row distances are given at
 * each call, so one of them serves every shape. They need no scratch of the library's, which is
 * what lets several threads execute the same one at once (see dnnl_scratchpad_mode_user). */
#include "ops/gemm_backend.h"
#ifdef VT_ONEDNN
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>

/* oneDNN asks OpenMP how many threads it may take, and OpenMP's answer belongs to the thread that
 * asks. Declared here because a compiler brings omp.h only with its own OpenMP. */
void omp_set_num_threads(int threads);

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static dnnl_primitive_t products_bf16[2][2][2]; /* by a.trans, b.trans, beta */

static char op(vt_trans trans)
{
    return trans == VT_N ? 'N' : 'T';
}

/* ---- fp32 ---- */

static void product(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                    vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
    omp_set_num_threads(1);
    dnnl_status_t status = dnnl_sgemm(op(a.trans), op(b.trans), extent.rows, extent.cols,
                                      extent.inner, 1, a.data, a.ld, b.data, b.ld, beta, y, ld_y);
    VT_ASSERT(status == dnnl_success);
}

/* ---- bf16 ---- */

/* Of op(matrix) [rows, cols]; each number may be DNNL_RUNTIME_DIM_VAL. */
static dnnl_status_t describe(dnnl_memory_desc_t *out, dnnl_data_type_t type,
                              const dnnl_dims_t dims, dnnl_dim_t ld, vt_trans trans)
{
    dnnl_dims_t strides = {trans == VT_N ? ld : 1, trans == VT_N ? 1 : ld};
    return dnnl_memory_desc_init_by_strides(out, 2, dims, type, strides);
}

static dnnl_memory_t wrap(const void *data, dnnl_data_type_t type, isize rows, isize cols, isize ld,
                          vt_trans trans)
{
    dnnl_memory_desc_t about;
    dnnl_memory_t memory;
    dnnl_status_t status = describe(&about, type, (dnnl_dims_t){rows, cols}, ld, trans);
    VT_ASSERT(status == dnnl_success);
    status = dnnl_memory_create(&memory, &about, engine, (void *)data);
    VT_ASSERT(status == dnnl_success);
    return memory;
}

static void product_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                         vt_factor_bf16 b, vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
    dnnl_memory_t src = wrap(a.data, dnnl_bf16, extent.rows, extent.inner, a.ld, a.trans);
    dnnl_memory_t weights = wrap(b.data, dnnl_bf16, extent.inner, extent.cols, b.ld, b.trans);
    dnnl_memory_t dst = wrap(y, dnnl_f32, extent.rows, extent.cols, ld_y, VT_N);
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_SRC, src}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, dst}};
    omp_set_num_threads(1);
    dnnl_status_t status =
        dnnl_primitive_execute(products_bf16[a.trans][b.trans][beta != 0], stream, 3, args);
    VT_ASSERT(status == dnnl_success);
    (void)dnnl_memory_destroy(src);
    (void)dnnl_memory_destroy(weights);
    (void)dnnl_memory_destroy(dst);
}

static dnnl_status_t make_attributes(dnnl_primitive_attr_t attr, dnnl_post_ops_t post_ops,
                                     int accumulate)
{
    dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && accumulate) status = dnnl_post_ops_append_sum(post_ops, 1);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attr, post_ops);
    return status;
}

static dnnl_status_t make_product(dnnl_primitive_t *out, vt_trans a, vt_trans b, int accumulate)
{
    const dnnl_dim_t any = DNNL_RUNTIME_DIM_VAL;
    const dnnl_dims_t dims = {any, any};
    dnnl_memory_desc_t src, weights, dst;
    dnnl_matmul_desc_t matmul;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t post_ops = NULL;
    dnnl_primitive_desc_t about = NULL;
    dnnl_status_t status = describe(&src, dnnl_bf16, dims, any, a);
    if (status == dnnl_success) status = describe(&weights, dnnl_bf16, dims, any, b);
    if (status == dnnl_success) status = describe(&dst, dnnl_f32, dims, any, VT_N);
    if (status == dnnl_success) status = dnnl_matmul_desc_init(&matmul, &src, &weights, NULL, &dst);
    if (status == dnnl_success) status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success) status = dnnl_post_ops_create(&post_ops);
    if (status == dnnl_success) status = make_attributes(attr, post_ops, accumulate);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&about, &matmul, attr, engine, NULL);
    if (status == dnnl_success) {
        const dnnl_memory_desc_t *scratch =
            dnnl_primitive_desc_query_md(about, dnnl_query_scratchpad_md, 0);
        if (scratch && dnnl_memory_desc_get_size(scratch) > 0) status = dnnl_unimplemented;
    }
    if (status == dnnl_success) status = dnnl_primitive_create(out, about);
    if (about) (void)dnnl_primitive_desc_destroy(about);
    if (post_ops) (void)dnnl_post_ops_destroy(post_ops);
    if (attr) (void)dnnl_primitive_attr_destroy(attr);
    return status;
}

static int make_products(void)
{
    dnnl_status_t status = dnnl_engine_create(&engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    for (int i = 0; i < 8 && status == dnnl_success; i++) {
        vt_trans a = i & 4 ? VT_T : VT_N, b = i & 2 ? VT_T : VT_N;
        status = make_product(&products_bf16[a][b][i & 1], a, b, i & 1);
    }
    return status == dnnl_success;
}

static int has(dnnl_cpu_isa_t all, dnnl_cpu_isa_t some)
{
    return ((unsigned)all & (unsigned)some) == (unsigned)some;
}

/* NULL below AVX-512, where it is no faster than OpenBLAS, and for some shapes far slower. */
static const char *isa_name(dnnl_cpu_isa_t isa)
{
    if (has(isa, dnnl_cpu_isa_avx512_core_amx)) return "avx512_core_amx";
    if (has(isa, dnnl_cpu_isa_avx512_core_bf16)) return "avx512_core_bf16";
    if (has(isa, dnnl_cpu_isa_avx512_core_vnni)) return "avx512_core_vnni";
    return has(isa, dnnl_cpu_isa_avx512_core) ? "avx512_core" : NULL;
}

const vt_gemm_backend *vt_gemm_onednn(void)
{
    static vt_gemm_backend self = {.name = "onednn", .product = product};
    static char library[32];
    if (self.library) return self.kernel ? &self : NULL;
    const dnnl_version_t *version = dnnl_version();
    (void)snprintf(library, sizeof library, "oneDNN %d.%d.%d", version->major, version->minor,
                   version->patch);
    self.library = library;
    omp_set_num_threads(1);
    (void)dnnl_set_verbose(0); /* its log goes to standard output, where the events are */
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    self.kernel = isa_name(isa);
    if (has(isa, dnnl_cpu_isa_avx512_core_bf16) && make_products())
        self.product_bf16 = product_bf16;
    return self.kernel ? &self : NULL;
}

#endif
