#include "ops/gemm_backend.h"
#include <cblas.h>

static blasint size(isize n)
{
    VT_ASSERT((isize)(blasint)n == n);
    return (blasint)n;
}

static CBLAS_TRANSPOSE op(vt_trans trans)
{
    return trans == VT_N ? CblasNoTrans : CblasTrans;
}

static void product(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                    vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
#ifdef VT_F64
    cblas_dgemm(
#else
    cblas_sgemm(
#endif
        CblasRowMajor, op(a.trans), op(b.trans), size(extent.rows), size(extent.cols),
        size(extent.inner), 1, a.data, size(a.ld), b.data, size(b.ld), beta, y, size(ld_y));
}

const vt_gemm_backend *vt_gemm_openblas(void)
{
    static vt_gemm_backend self = {.name = "openblas", .product = product};
    openblas_set_num_threads(1);
    self.library = openblas_get_config();
    self.kernel = openblas_get_corename();
    return &self;
}
