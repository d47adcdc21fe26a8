#include "ops/gemm.h"
#include <cblas.h>

void vt_gemm_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                       vt_real alpha, vt_real beta)
{
    isize a_row = a.trans == VT_N ? a.ld : 1, a_col = a.trans == VT_N ? 1 : a.ld;
    isize b_row = b.trans == VT_N ? b.ld : 1, b_col = b.trans == VT_N ? 1 : b.ld;
    for (isize i = 0; i < extent.rows; i++) {
        for (isize j = 0; j < extent.cols; j++) {
            vt_real sum = 0;
            for (isize k = 0; k < extent.inner; k++)
                sum += a.data[i * a_row + k * a_col] * b.data[k * b_row + j * b_col];
            vt_real *at = &y[i * ld_y + j];
            *at = alpha * sum + (beta == 0 ? 0 : beta * *at);
        }
    }
}

#ifdef VT_GEMM_REFERENCE

void vt_gemm(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b, vt_real alpha,
             vt_real beta)
{
    vt_gemm_reference(y, ld_y, extent, a, b, alpha, beta);
}

#else

void vt_gemm(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b, vt_real alpha,
             vt_real beta)
{
    if (extent.rows == 0 || extent.cols == 0) return;
    CBLAS_TRANSPOSE trans_a = a.trans == VT_N ? CblasNoTrans : CblasTrans;
    CBLAS_TRANSPOSE trans_b = b.trans == VT_N ? CblasNoTrans : CblasTrans;
#ifdef VT_F64
    cblas_dgemm(CblasRowMajor, trans_a, trans_b, (blasint)extent.rows, (blasint)extent.cols,
                (blasint)extent.inner, alpha, a.data, (blasint)a.ld, b.data, (blasint)b.ld, beta, y,
                (blasint)ld_y);
#else
    cblas_sgemm(CblasRowMajor, trans_a, trans_b, (blasint)extent.rows, (blasint)extent.cols,
                (blasint)extent.inner, alpha, a.data, (blasint)a.ld, b.data, (blasint)b.ld, beta, y,
                (blasint)ld_y);
#endif
}

#endif

void vt_gemm_setup(void)
{
    openblas_set_num_threads(1);
}

const char *vt_gemm_library(void)
{
#ifdef VT_GEMM_REFERENCE
    return "reference";
#else
    return openblas_get_config();
#endif
}

const char *vt_gemm_kernel(void)
{
#ifdef VT_GEMM_REFERENCE
    return "loops";
#else
    return openblas_get_corename();
#endif
}
