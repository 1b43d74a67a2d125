# An enemy in netd's place: docs/hostile.md.
#: make hostile       10 million messages of a hostile netd to wirelinkd over
#:                    a device in memory, and 20,000 over a real one;
#:                    MESSAGES, REAL_MESSAGES, SEED
#: make check-mutants plants bugs in wirelinkd: the above finds each of them

MESSAGES	?= 10000000
REAL_MESSAGES	?= 20000
export REAL_MESSAGES

TEST_PROGRAMS	+= $(BUILD)/hostile $(BUILD)/hostile-real \
		   $(BUILD)/hostile-relay
NEEDS_NO_BUILD	+= hostile check-mutants
PACKAGES	+= patch
.PHONY: hostile check-mutants

HOSTILE		= $(BUILD)/tests/hostile
HOSTILE_BOTH	= $(patsubst %,$(HOSTILE)/%.o,answer attack oracle rng \
		  secrets snap trace wire world)
HOSTILE_WRAP	= -Wl,--wrap=clock_gettime,--wrap=bind,--wrap=pwrite \
		  -Wl,--wrap=fatal,--wrap=fatalx

# All of privd but what the device in memory stands for.
$(BUILD)/hostile: $(HOSTILE)/main.o $(HOSTILE)/memory.o $(HOSTILE_BOTH) \
    $(filter-out %/rtnl.o %/start.o,$(call no_main,$(PRIVD_OBJ))) $(LIBS)
	$(link) $(HOSTILE_WRAP) $(LIBS_libmnl) $(LIBS_libsodium) \
	    $(LIBS_libbsd-overlay) -lmd
$(BUILD)/hostile-real: $(HOSTILE)/real.o $(HOSTILE)/wg.o $(HOSTILE_BOTH) \
    $(LIBS)
	$(link) $(LIBS_libsodium) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/hostile-relay: $(HOSTILE)/relay.o
	$(link)

hostile:
	@$(MAKE) $(JOBS) tests
	@$(BUILD)/hostile --seed $(or $(SEED),1) --messages $(MESSAGES)
	@tests/e2e/t_hostile_netd.sh $(or $(SEED),1) $(REAL_MESSAGES)

check-mutants:
	@$(MAKE) $(JOBS) $(BUILD)/hostile
	@tests/hostile/mutants.sh
