# What an auditor wants to know, from the build itself: docs/audit.md.
#: make audit         lines, imports, calls, messages: writes docs/audit.md

NEEDS_NO_BUILD	+= audit audit-build
.PHONY: audit audit-build audit-programs

# Without the optimizer every function stays itself, whatever the compiler:
# what the linker keeps of these is what it keeps of the others, or more.
AUDIT_BUILD	= $(BUILD)/audit
AUDIT_FLAGS	= -O0 -fno-builtin

audit: audit-build
	@tests/audit/page.sh $(AUDIT_BUILD) docs/audit.md >docs/audit.new
	@mv docs/audit.new docs/audit.md

audit-build:
	@mkdir -p $(BUILD)
	@$(MAKE) $(JOBS) BUILD=$(AUDIT_BUILD) CFLAGS='$(AUDIT_FLAGS)' WERROR= \
	    CPPFLAGS='-U_FORTIFY_SOURCE' LDFLAGS='-Wl,-Map=$$@.map' \
	    audit-programs >$(BUILD)/audit.log 2>&1 || \
	    { cat $(BUILD)/audit.log; exit 1; }

audit-programs: programs $(BUILD)/tables

$(BUILD)/tables: $(BUILD)/tests/audit/tables.o $(BUILD)/privd/policy.o \
    $(BUILD)/privd/filter.o $(BUILD)/netd/filter.o \
    $(BUILD)/netd/resolver_filter.o $(BUILD)/netd/ctl/filter.o $(LIBS)
	$(link) -Wl,--gc-sections $(LIBS_libseccomp) $(LIBS_libbsd-overlay)
