# Figures of a network of real processes on this machine: docs/performance.md.
#: make bench         time, loss, memory, CPU and traffic, as a table and in
#:                    build/bench.json; T="converge flood" picks parts,
#:                    RUNS=10, MINUTES=2

RUNS		?= 10
MINUTES		?= 2
export RUNS MINUTES

BENCH_PROGRAMS	= $(BUILD)/bench-pace $(BUILD)/bench-watch \
		  $(BUILD)/bench-flood $(BUILD)/bench-micro
TEST_PROGRAMS	+= $(BENCH_PROGRAMS)
NEEDS_NO_BUILD	+= bench

$(BUILD)/bench-pace $(BUILD)/bench-watch: $(BUILD)/bench-%: \
    $(BUILD)/tests/bench/%.o $(LIBCOMMON)
	$(link) $(LIBS_libbsd-overlay)
$(BUILD)/bench-flood: $(BUILD)/tests/bench/flood.o \
    $(BUILD)/tests/e2e/args.o $(BUILD)/netd/fact.o $(BUILD)/netd/group.o $(LIBS)
	$(link) $(LIBS_libsodium) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/bench-micro: $(BUILD)/tests/bench/micro.o \
    $(call no_main,$(NETD_OBJ)) $(BUILD)/privd/seal.o $(LIBS)
	$(link) $(LIBS_libsodium) $(LIBS_libseccomp) $(LIBS_libbsd-overlay) \
	    -lmd

.PHONY: bench
bench:
	@mkdir -p $(BUILD)
	@$(MAKE) $(JOBS) programs $(BENCH_PROGRAMS) >$(BUILD)/make.log 2>&1 || \
	    { cat $(BUILD)/make.log; exit 1; }
	@tests/bench/bench.sh
