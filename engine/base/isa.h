/* base/isa.h - the instruction sets that loops in vectors are compiled for, once each.
 *
 * Such a file has functions, or a table of them, for each set: vt_NAME_portable, _avx2, _avx512; on
 * a CPU of another family there is the portable one alone.
 */
#ifndef VT_ISA_H
#define VT_ISA_H

typedef enum { VT_ISA_PORTABLE, VT_ISA_AVX2, VT_ISA_AVX512 } vt_isa;

vt_isa vt_isa_best(void); /* this CPU runs it, and all before it */

/* The table of an instruction set by its vt_isa, of those that the program holds. */
#if defined(__x86_64__)
#define VT_ISA_TABLE(name, isa)                                                                    \
    ((isa) == VT_ISA_AVX512 ? &name##_avx512                                                       \
     : (isa) == VT_ISA_AVX2 ? &name##_avx2                                                         \
                            : &name##_portable)
#else
#define VT_ISA_TABLE(name, isa) (&name##_portable)
#endif

/* The Makefile says which set a file is compiled for: VT_ISA_OWN(vt_NAME) is its own of those. */
#ifndef VT_ISA
#define VT_ISA portable
#endif
#define VT_ISA_PASTE(name, isa)  name##_##isa
#define VT_ISA_EXPAND(name, isa) VT_ISA_PASTE(name, isa)
#define VT_ISA_OWN(name)         VT_ISA_EXPAND(name, VT_ISA)

#endif
