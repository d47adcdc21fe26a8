# make                 build/release/bin/{patchlaw,patchlaw-engine}
# make check           everything that .ci/run wants; make help lists the parts
#
# One makefile for the whole tree. Objects of a flavor live in build/<flavor>/, so sanitizer
# objects never mix with release ones. The folder of a file selects its flags: an engine file
# cannot see a harness header at all, nor the other way round.

MAKEFLAGS += -rR --no-print-directory # no rules but these
FLAVOR ?= release
PREFIX ?= /usr/local
BUILD  ?= build
B      := $(BUILD)/$(FLAVOR)

VERSION := 0.1.0
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
DIRTY   := $(shell git status --porcelain 2>/dev/null | grep -q . && echo 1 || echo 0)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion \
        -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror \
        -Wno-enum-float-conversion # named sizes are enums, and means divide by them
BASE := -std=c11 -D_GNU_SOURCE $(WARN) -fno-math-errno -g

# -O3 without -march: the vector kernels choose their instructions at run time (ops/isa.c).
# VT_SANITIZED tells tests that a sanitizer answers where the system would.
FLAGS.release := -O3
FLAGS.asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -fno-omit-frame-pointer -DVT_SANITIZED
FLAGS.tsan    := -O1 -fsanitize=thread -DVT_SANITIZED -DVT_GEMM_REFERENCE
FLAGS.f64     := -O2 -DVT_F64
FLAGS.fuzz    := $(FLAGS.asan) -fsanitize=fuzzer-no-link -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
CC.release := gcc
CC.asan    := clang
CC.tsan    := clang
CC.f64     := gcc
CC.fuzz    := clang
CC          = $(CC.$(FLAVOR))
FLAGS       = $(FLAGS.$(FLAVOR))
ifeq ($(FLAGS),)
$(error FLAVOR is one of release asan tsan f64 fuzz)
endif

# oneDNN, of which no .pc file tells, is taken where it is there: on CPUs with AVX-512 its products
# are faster than OpenBLAS's. make ONEDNN=0 does without. Gradients are checked in double
# precision, which it does not know, and ThreadSanitizer cannot follow it.
ifeq ($(origin ONEDNN),undefined)
ONEDNN := $(shell echo '_Static_assert(DNNL_VERSION_MAJOR == 2 && DNNL_CPU_RUNTIME == \
              DNNL_RUNTIME_OMP, "");' | gcc -fsyntax-only -include oneapi/dnnl/dnnl.h -x c - \
              2> /dev/null && echo 1)
endif
ifeq ($(filter tsan f64,$(FLAVOR))$(ONEDNN),1)
DEF.onednn := -DVT_ONEDNN
LIB.onednn := -ldnnl -lgomp
endif

PKG.engine  := openblas libjpeg libpng libarchive libcrypto libcurl
PKG.harness := sqlite3 yaml-0.1 libcrypto libedit libcmark nlopt
PKG.test    := cunit libturbojpeg
pkg_cflags   = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $1))
INC.engine  := -Iinclude -Iengine $(DEF.onednn) $(call pkg_cflags,$(PKG.engine))
INC.harness := -Iinclude -Iharness $(call pkg_cflags,$(PKG.harness))
LIB.engine  := $(shell pkg-config --libs $(PKG.engine)) $(LIB.onednn) -lm -lpthread
LIB.harness := $(shell pkg-config --libs $(PKG.harness)) -lm -lpthread
LIB.test     = $(shell pkg-config --libs $(PKG.test))

# ---- objects ----

src         = $(sort $(wildcard $1/*.c $1/*/*.c))
obj         = $(patsubst %.c,$(B)/%.o,$1)
# Files that are compiled once more for each instruction set of base/isa.h.
ISAS       := $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),avx2 avx512)
VECTORS    := $(patsubst %,$(B)/engine/%,ops/kernels ops/gelu ops/norm_rows ops/attention ops/gemm_tiles data/planes)
ENGINE     := $(call obj,$(call src,engine)) $(foreach isa,$(ISAS),$(VECTORS:%=%_$(isa).o))
HARNESS    := $(call obj,$(call src,harness)) $(B)/gen/sql.o $(B)/gen/assets.o $(B)/gen/schema.o
MAIN.engine  := $(B)/engine/train/main.o
MAIN.harness := $(B)/harness/cli/main.o
ENGINE_LIB  := $(filter-out $(MAIN.engine),$(ENGINE))
HARNESS_LIB := $(filter-out $(MAIN.harness),$(HARNESS))

.PHONY: all
all: $(B)/bin/patchlaw-engine $(B)/bin/patchlaw $(B)/lib/patchlaw_sql.so

$(B)/bin/patchlaw-engine: $(ENGINE)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.engine)
$(B)/bin/patchlaw: $(HARNESS)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.harness)

$(B)/engine/%.o: engine/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FLAGS) $(INC.engine) -MMD -MP -c $< -o $@
# Some loops stay scalar at -O1 or under a sanitizer: no reason to stop.
# Nobody reads the flags of floating-point exceptions: without them gcc may compute both sides of a
# choice, and vectorises loops with choices for avx2 and the portable set too.
# Pixels have the same bits from every set, so there multiplies and adds stay apart.
KERNEL        = -ffp-contract=$(if $(findstring /data/,$@),off,fast) -fno-trapping-math -fopenmp-simd \
                -Wno-pass-failed
ISA.avx2     := -mavx2 -mfma
ISA.avx512   := -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq -mavx512bw -mprefer-vector-width=512
$(VECTORS:%=%.o): FLAGS += $(KERNEL)
define isa_rule
$(VECTORS:%=%_$1.o): $(B)/%_$1.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(BASE) $$(FLAGS) $$(KERNEL) $$(ISA.$1) -DVT_ISA=$1 $$(INC.engine) -MMD -MP -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call isa_rule,$(isa))))
$(B)/harness/%.o: harness/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FLAGS) $(DEF.sqlite) $(INC.harness) -MMD -MP -c $< -o $@
$(B)/harness/sqlext/%.o: DEF.sqlite := -DSQLITE_CORE # SQLite is linked, not handed over
$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(BASE) $(FLAGS) $(INC.harness) -MMD -MP -c $< -o $@

# The aggregates of harness/sqlext once more, as an extension for sqlite3, Datasette and Python.
EXTENSION := $(patsubst %.c,$(B)/pic/%.o,$(call src,harness/sqlext) $(call src,harness/stats) \
               $(addprefix harness/base/,error.c heap.c text.c))
$(B)/pic/harness/%.o: harness/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FLAGS) -fPIC -fvisibility=hidden $(INC.harness) -MMD -MP -c $< -o $@
$(B)/lib/patchlaw_sql.so: $(EXTENSION)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -shared -o $@ $^ -lm

# ---- generated ----

SQL    := $(sort $(wildcard sql/*/*.sql sql/*/*/*.sql))
ASSETS := $(sort $(wildcard reports/assets/*.css reports/assets/*.js))

$(B)/gen/sql.c: tests/tidy/embed.awk $(SQL)
	@mkdir -p $(@D)
	awk -v table=sql -f $^ > $@.partial && mv $@.partial $@
$(B)/gen/schema.c: tests/tidy/schema.awk $(filter sql/migrations/% sql/views/%,$(SQL))
	@mkdir -p $(@D)
	awk -f $^ > $@.partial && mv $@.partial $@
$(B)/gen/assets.c: tests/tidy/embed.awk $(ASSETS)
	@mkdir -p $(@D)
	awk -v table=assets -f $^ > $@.partial && mv $@.partial $@

# What build this is: rewritten only when it changes, so that a commit does not rebuild the tree.
$(B)/gen/build.h: FORCE
	@mkdir -p $(@D)
	@printf '#define VT_VERSION "%s"\n#define VT_COMMIT "%s"\n#define VT_DIRTY %s\n#define VT_BUILD "%s"\n' \
	    '$(VERSION)' '$(COMMIT)' '$(DIRTY)' '$(shell $(CC) --version | head -n 1) $(FLAGS) $(DEF.onednn)' > $@.partial
	@cmp -s $@.partial $@ && rm $@.partial || mv $@.partial $@
FORCE:
$(B)/engine/train/machine.o: $(B)/gen/build.h
$(B)/engine/ops/gemm.o $(B)/engine/ops/gemm_onednn.o: $(B)/gen/build.h # which tells of oneDNN
$(B)/engine/train/machine.o: INC.engine += -I$(B)/gen
$(B)/harness/cli/main.o: $(B)/gen/build.h
$(B)/harness/cli/main.o: INC.harness += -I$(B)/gen

# ---- tests ----

TEST_SUITES := unit/engine unit/harness grad golden
tests_obj    = $(call obj,$(wildcard tests/$1/*.c) tests/main.c)
INC.tests    = -Itests $(call pkg_cflags,$(PKG.test))
$(B)/tests/unit/engine/%.o $(B)/tests/grad/%.o $(B)/tests/golden/%.o: INC.side := $(INC.engine)
$(B)/tests/unit/harness/%.o: INC.side := $(INC.harness)
$(B)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FLAGS) $(INC.side) $(INC.tests) -MMD -MP -c $< -o $@

$(B)/bin/test-unit-engine: $(call tests_obj,unit/engine) $(ENGINE_LIB)
$(B)/bin/test-grad: $(call tests_obj,grad) $(ENGINE_LIB)
$(B)/bin/test-golden: $(call tests_obj,golden) $(ENGINE_LIB)
$(B)/bin/test-unit-engine $(B)/bin/test-grad $(B)/bin/test-golden:
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.engine) $(LIB.test)
$(B)/bin/test-unit-harness: $(call tests_obj,unit/harness) $(HARNESS_LIB)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.harness) $(LIB.test)

.PHONY: unit grad golden e2e
unit: $(B)/bin/test-unit-engine $(B)/bin/test-unit-harness
	$(B)/bin/test-unit-engine
	$(B)/bin/test-unit-harness
grad: ; $(MAKE) FLAVOR=f64 $(BUILD)/f64/bin/test-grad && $(BUILD)/f64/bin/test-grad
golden: $(B)/bin/test-golden
	$(B)/bin/test-golden

# ---- benchmarks ----
# make bench SUITES='step 64'   what is named; everything takes some five minutes

SUITES      ?=
LEDGER_SUITES ?=
PYTHON      ?= /usr/bin/python3
INC.bench   := $(INC.engine) -I.
BENCH       := $(call obj,$(wildcard bench/*.c))
$(B)/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FLAGS) $(INC.bench) -MMD -MP -c $< -o $@
$(B)/bin/patchlaw-bench: $(BENCH) $(ENGINE_LIB)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.engine)

# The ledger's, which links the harness, and takes two minutes (LEDGER_SUITES=large: more); what lies in bench itself and is taken along belongs to neither side.
INC.bench/ledger := $(INC.harness) -I.
LEDGER_BENCH     := $(call obj,$(wildcard bench/ledger/*.c) bench/table.c bench/arguments.c) $(B)/gen/bench_sql.o
BENCH_SQL        := $(sort $(wildcard bench/ledger/sql/*/*.sql))
$(B)/bench/ledger/%.o: INC.bench := $(INC.bench/ledger)
$(B)/bench/ledger/main.o: $(B)/gen/build.h
$(B)/bench/ledger/main.o: INC.bench += -I$(B)/gen
$(B)/gen/bench_sql.c: tests/tidy/embed.awk $(BENCH_SQL)
	@mkdir -p $(@D)
	awk -v table=bench_sql -f $^ > $@.partial && mv $@.partial $@
$(B)/bin/patchlaw-bench-ledger: $(LEDGER_BENCH) $(HARNESS_LIB)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.harness)

# Fits of scaling laws, some seconds; shares with the ledger's what asks a peer and tells the machine.
INC.bench/law := $(INC.bench/ledger)
LAW_BENCH     := $(call obj,$(wildcard bench/law/*.c) bench/ledger/peer.c bench/ledger/machine.c bench/table.c bench/arguments.c)
$(B)/bench/law/%.o: INC.bench := $(INC.bench/law)
$(B)/bench/law/main.o: $(B)/gen/build.h
$(B)/bench/law/main.o: INC.bench += -I$(B)/gen
$(B)/bin/patchlaw-bench-law: $(LAW_BENCH) $(HARNESS_LIB)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ $^ $(LIB.harness)

.PHONY: bench bench-ledger bench-law bench-peer
bench: $(B)/bin/patchlaw-bench $(if $(SUITES),,bench-ledger bench-law)
	$< $(SUITES) --python $(PYTHON) --json $(BUILD)/bench.json
bench-ledger: $(B)/bin/patchlaw-bench-ledger $(B)/bin/patchlaw
	$< $(LEDGER_SUITES) --folder $(BUILD) --python $(PYTHON) --json $(BUILD)/bench-ledger.json
bench-law: $(B)/bin/patchlaw-bench-law
	$< --folder $(BUILD) --python $(PYTHON) --json $(BUILD)/bench-law.json
bench-peer: $(B)/bin/patchlaw-bench
	$(PYTHON) bench/peer.py --bench $< --json $(BUILD)/bench-peer.json

# ---- fuzzing ----
# make fuzz FUZZ_SECONDS=60     each target in turn; a finding is left in build/fuzz/ and fails

FUZZ_SECONDS ?= 10
FUZZ         := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ.harness := bench_import config csv document event spool sql sweep tfevents
FUZZ.engine  := $(filter-out $(FUZZ.harness),$(FUZZ))
fuzz_program  = $(CC) $(BASE) $(FLAGS) -fsanitize=fuzzer $(INC.$1) -o $@ $< $(filter %.o,$^) $(LIB.$1)
$(FUZZ.engine:%=$(B)/bin/fuzz-%): $(B)/bin/fuzz-%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(ENGINE_LIB)
	@mkdir -p $(@D)
	$(call fuzz_program,engine)
$(FUZZ.harness:%=$(B)/bin/fuzz-%): $(B)/bin/fuzz-%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(HARNESS_LIB)
	@mkdir -p $(@D)
	$(call fuzz_program,harness)

.PHONY: fuzz fuzz-all $(FUZZ:%=fuzz-%)
fuzz: ; $(MAKE) FLAVOR=fuzz fuzz-all
fuzz-all: $(FUZZ:%=fuzz-%)
$(FUZZ:%=fuzz-%): fuzz-%: $(B)/bin/fuzz-%
	@mkdir -p $(B)/corpus/$*
	$< -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=4096 -timeout=20 -print_final_stats=1 \
	    -artifact_prefix=$(B)/$*- $(B)/corpus/$* $(wildcard tests/fuzz/corpus/$*)

# ---- checks that are not tests ----

CODE := $(sort $(wildcard include/*/*.h engine/*/*.[ch] harness/*/*.[ch] \
                          bench/*.[ch] bench/*/*.[ch] tests/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch]))
PROJECT := $(filter include/% engine/% harness/%,$(CODE))
LINES   = $(shell find . \( -path ./.git -o -path ./build -o -path ./data -o -path ./runs -o \
              -name corpus -o -name 'uPlot*' \) -prune -o -type f -print | sed 's,^\./,,')
INC.include := -Iinclude
HARNESS_FUZZ = $(FUZZ.harness:%=tests/fuzz/fuzz_%.c)
INC.tests.of = $(INC.$(if $(findstring /harness/,$1)$(filter $(HARNESS_FUZZ),$1),harness,engine)) $(INC.tests)
INC.of       = $(or $(INC.$(patsubst %/,%,$(filter bench/ledger/ bench/law/,$(dir $1)))),$(INC.$(filter-out tests,$(firstword $(subst /, ,$1)))),$(call INC.tests.of,$1))

# Format and static checks are those of one release of LLVM: another one's differ.
LLVM         := 14
CLANG_FORMAT  = $(firstword $(shell command -v clang-format-$(LLVM) clang-format))
CLANG_TIDY    = $(firstword $(shell command -v clang-tidy-$(LLVM) clang-tidy))
if_llvm       = if ! $1 --version | grep -q 'version $(LLVM)\.'; \
                then echo 'skipped: $@: needs LLVM $(LLVM)'; else $2; fi

.PHONY: check check-slurm layers text symbols format format-check headers tidy tidy-files docs docs-check
check: ; @BUILD='$(BUILD)' tests/run
check-slurm: ; @BUILD='$(BUILD)' tests/run slurm/sweep
layers: ; @awk -f tests/tidy/layers.awk LAYERS $(PROJECT)
text: ; @LC_ALL=C awk -f tests/tidy/text.awk $(LINES)
symbols: $(ENGINE) $(HARNESS) $(BENCH) $(LEDGER_BENCH) $(LAW_BENCH)
	@nm -A -P $(sort $(filter-out $(B)/gen/%,$^)) | sed 's,^$(B)/,,' | awk -f tests/tidy/symbols.awk
docs: $(B)/bin/patchlaw
	@mkdir -p docs
	$< sql --ledger :memory: --markdown .schema > docs/schema.md
docs-check: $(B)/bin/patchlaw
	@$< sql --ledger :memory: --markdown .schema | diff -u docs/schema.md - || \
	    { echo 'docs/schema.md is not what make docs writes'; exit 1; }
format: ; $(CLANG_FORMAT) -i $(CODE)
format-check: ; @$(call if_llvm,$(CLANG_FORMAT),$(CLANG_FORMAT) --dry-run -Werror $(CODE))

# Each header alone, and twice, by both compilers: it includes what it needs, and is guarded.
HEADERS := $(filter %.h,$(PROJECT)) $(wildcard bench/*.h bench/*/*.h)
ALONE    = echo 'extern int alone;' | $1 -std=c11 -D_GNU_SOURCE $(WARN) $(call INC.of,$*) \
           -fsyntax-only -include $* -include $* -x c -
.PHONY: $(HEADERS:%=header/%)
headers: $(HEADERS:%=header/%)
$(HEADERS:%=header/%): header/%:
	@$(call ALONE,gcc)
	@$(call ALONE,clang)

TIDY := $(filter %.c,$(CODE))
.PHONY: $(TIDY:%=tidy/%)
tidy: ; @$(call if_llvm,$(CLANG_TIDY),$(MAKE) tidy-files)
tidy-files: $(TIDY:%=tidy/%)
$(TIDY:%=tidy/%): tidy/%: $(B)/gen/build.h
	@$(CLANG_TIDY) --quiet $* -- -std=c11 -D_GNU_SOURCE $(call INC.of,$*) -I$(B)/gen 2>/dev/null

# ---- installation: the programs carry their SQL and page assets inside them ----

COMPLETIONS := share/bash-completion/completions
.PHONY: install uninstall clean help
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/patchlaw
	install -m 755 $(B)/bin/patchlaw $(B)/bin/patchlaw-engine $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/lib/patchlaw
	install -m 644 $(B)/lib/patchlaw_sql.so $(DESTDIR)$(PREFIX)/lib/patchlaw
	install -m 644 LICENSE README.md docs/schema.md $(DESTDIR)$(PREFIX)/share/doc/patchlaw
	install -d $(DESTDIR)$(PREFIX)/$(COMPLETIONS)
	install -m 644 $(COMPLETIONS)/patchlaw $(DESTDIR)$(PREFIX)/$(COMPLETIONS)
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/patchlaw $(DESTDIR)$(PREFIX)/bin/patchlaw-engine
	rm -f $(DESTDIR)$(PREFIX)/$(COMPLETIONS)/patchlaw
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/patchlaw $(DESTDIR)$(PREFIX)/lib/patchlaw
clean: ; rm -rf $(BUILD)
help:
	@echo 'make                    both programs, in $(B)/bin, and lib/patchlaw_sql.so for sqlite3'
	@echo 'make check              every check and test; tests/run STEP... runs some of them'
	@echo 'make check-slurm        sweeps on a private Slurm cluster (packages slurm-wlm, munge)'
	@echo 'make unit grad golden   one kind of test; FLAVOR=asan or tsan for the sanitizers'
	@echo 'make bench              training beside the limits of this machine; SUITES= some of it'
	@echo 'make bench-ledger       the ledger beside plain SQLite and Optuna; LEDGER_SUITES= some of it'
	@echo 'make bench-law          fits of scaling laws beside SciPy (python3-scipy)'
	@echo 'make bench-peer         the same step in PyTorch, turn by turn (python3-torch)'
	@echo 'make fuzz               every fuzz target, each for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make layers symbols     who includes whom, who calls what'
	@echo 'make headers text tidy  each header alone; forbidden text; static checks'
	@echo 'make format             rewrite C in the house style; format-check only looks'
	@echo 'make docs               docs/schema.md anew; docs-check only looks'
	@echo 'make install            into PREFIX=$(PREFIX), below DESTDIR; make uninstall'
	@echo 'make clean              remove $(BUILD)'

-include $(shell find $(B) -name '*.d' 2>/dev/null)
