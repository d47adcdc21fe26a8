/* law/symmetric.h - small symmetric matrices [n, n], row by row, n <= LAB_SYMMETRIC_MAX. */
#ifndef LAB_SYMMETRIC_H
#define LAB_SYMMETRIC_H

enum { LAB_SYMMETRIC_MAX = 8 };

/* Eigenvalues, descending, and the eigenvectors as rows of vectors [n, n], NULL: not wanted. By
 * Jacobi's rotations, which keep the small ones' digits. */
void lab_symmetric_eigen(const double *matrix, int n, double *values, double *vectors);

/* Of a matrix with entries a_ij, that with a_ij / sqrt(a_ii a_jj): the square root of its largest
 * over its smallest eigenvalue; infinite where a column is 0 or is made of the others. */
double lab_symmetric_condition(const double *matrix, int n);
#endif
