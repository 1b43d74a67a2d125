# The tests again, where each access to memory is watched.
#: make check-asan    unit tests, simulator, networks in namespaces, built
#:                    with ASan and UBSan; T="t_two t_hostile"
#: make check-valgrind  the unit tests under valgrind

NEEDS_NO_BUILD	+= check-asan check-valgrind
PACKAGES	+= valgrind
.PHONY: check-asan check-valgrind

# netd and the resolver get no environment, so the sanitizer's options are
# linked in.
ifneq ($(SANITIZE),)
$(PROGRAMS) $(TEST_PROGRAMS): $(BUILD)/tests/memory/options.o
endif

check-asan:
	@$(MAKE) $(JOBS) BUILD=$(BUILD)/asan CFLAGS='-O1 -g' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover' tests
	@BUILD=$(BUILD)/asan tests/memory/asan.sh

check-valgrind:
	@$(MAKE) $(JOBS) $(BUILD)/unit-tests
	@tests/memory/valgrind.sh
