# Fuzzing with libFuzzer: docs/fuzzing.md.
#: make fuzz          each parser with what a fuzzer makes up, SECONDS=30 each;
#:                    T="node conf" names targets, LINES=1 lists lines never
#:                    reached
#: make fuzz-seeds    the seed corpora anew

SECONDS		?= 30
LINES		?=
export LINES

NEEDS_NO_BUILD	+= fuzz fuzz-build fuzz-seeds
PACKAGES	+= clang libclang-rt-dev llvm
.PHONY: fuzz fuzz-build fuzz-programs fuzz-seeds

# A build of its own: clang, sanitizers, counters for the fuzzer and for the
# coverage that people read.
FUZZ_BUILD	= $(BUILD)/fuzz
FUZZ_SANITIZE	= -fsanitize=address,undefined -fno-sanitize-recover=all \
		  -fprofile-instr-generate -fcoverage-mapping
FUZZ_PROGRAMS	= $(patsubst tests/fuzz/%.c,$(BUILD)/%,\
		  $(sort $(wildcard tests/fuzz/fuzz_*.c)))

fuzz:
	@SECONDS_EACH=$(SECONDS) tests/fuzz/run.sh $(T)

fuzz-build:
	@$(MAKE) $(JOBS) BUILD=$(FUZZ_BUILD) CC=clang CFLAGS='-O1 -g' WERROR= \
	    SANITIZE='$(FUZZ_SANITIZE) -fsanitize=fuzzer-no-link' fuzz-programs

fuzz-seeds: fuzz-build
	@tests/fuzz/seeds.sh

fuzz-programs: $(FUZZ_PROGRAMS) $(BUILD)/seeds

FUZZ_COMMON	= $(patsubst %,$(BUILD)/tests/fuzz/%.o,common device messages)

# Archives by directory, so that a target holds what it uses.
FUZZ_LIBS	= $(BUILD)/libctl.a $(BUILD)/libnetd.a $(BUILD)/libprivd.a \
		  $(LIBS)
$(BUILD)/libctl.a: $(call no_main,$(CTL_OBJ))
$(BUILD)/libnetd.a: $(call no_main,$(NETD_OBJ)) $(BUILD)/netd/resolver_filter.o
$(BUILD)/libprivd.a: $(call no_main,$(PRIVD_OBJ))

$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_COMMON) \
    $(FUZZ_LIBS)
	$(link) -fsanitize=fuzzer $(LIBS_libmnl) $(LIBS_libsodium) \
	    $(LIBS_libseccomp) $(LIBS_json-c) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/seeds: $(BUILD)/tests/fuzz/seeds.o $(LIBS)
	$(link) $(LIBS_libmnl) $(LIBS_libbsd-overlay) -lmd
.SECONDARY: $(FUZZ_COMMON) $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%.o,\
	$(wildcard tests/fuzz/fuzz_*.c))
