# What reads the code without running it. Each file is looked at once and
# then only when it, what it includes, or a tool has changed.
#: make lint          gcc -fanalyzer, clang-tidy, cppcheck, shellcheck,
#:                    mandoc, codespell, clang-format; STRICT=1

STRICT		?=
export STRICT

PACKAGES	+= clang-format clang-tidy codespell cppcheck shellcheck

LINT_DIRS	= common proto privd netd netd/ctl tests/*
LINT_FILES	= $(sort $(wildcard $(addsuffix /*.[ch],$(LINT_DIRS))))
LINT_STAMPS	= $(patsubst %,$(BUILD)/lint/%.ok,$(LINT_FILES))
LINT_TOOLS	= $(BUILD)/lint/tools
LINT_CFLAGS	= $(filter-out -f% -W%,$(ALL_CFLAGS))

.PHONY: lint lint-files $(LINT_TOOLS).now
.SECONDARY: $(LINT_TOOLS)

lint:
	@tests/lint/check.sh

lint-files: $(LINT_STAMPS)

$(LINT_TOOLS).now:
	@mkdir -p $(BUILD)/lint
	@tests/lint/tools.sh >$@
	@cmp -s $@ $(LINT_TOOLS) || cp $@ $(LINT_TOOLS)
$(LINT_TOOLS): $(LINT_TOOLS).now ;

$(BUILD)/lint/%.ok: % $(LINT_TOOLS) tests/lint/file.sh tests/lint/cppcheck.cfg \
    .clang-tidy tests/.clang-tidy .clang-format Makefile
	@mkdir -p $(@D)
	@tests/lint/file.sh $< $@ $(LINT_CFLAGS)
