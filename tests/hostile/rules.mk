# An enemy in netd's place: docs/hostile.md.
#: make hostile       10 million messages of a hostile netd to wirelinkd over
#:                    a device in memory; MESSAGES, SEED

MESSAGES	?= 10000000

TEST_PROGRAMS	+= $(BUILD)/hostile
NEEDS_NO_BUILD	+= hostile
.PHONY: hostile

HOSTILE_OBJ	= $(call objects,tests/hostile/*.c)
HOSTILE_WRAP	= -Wl,--wrap=clock_gettime,--wrap=bind,--wrap=pwrite \
		  -Wl,--wrap=fatal,--wrap=fatalx

$(BUILD)/hostile: $(HOSTILE_OBJ) $(filter-out %/rtnl.o %/start.o,$(call \
    no_main,$(PRIVD_OBJ))) $(LIBS)
	$(link) $(HOSTILE_WRAP) $(LIBS_libmnl) $(LIBS_libsodium) \
	    $(LIBS_libbsd-overlay) -lmd

hostile:
	@$(MAKE) $(JOBS) $(BUILD)/hostile
	@$(BUILD)/hostile --seed $(or $(SEED),1) --messages $(MESSAGES)
