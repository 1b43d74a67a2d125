# The processes with a probe in them: docs/sandbox-probe.md.
#: make sandbox-probe what an intruder may do: writes docs/sandbox-probe.md

PROBE_OBJ	= $(addprefix $(BUILD)/tests/probe/,run.o layers.o \
		  attempts_files.o attempts_sockets.o attempts_processes.o \
		  attempts_kernel.o)
PROBES		= $(addprefix $(BUILD)/probe/,wirelinkd wirelink-netd \
		  wirelink-resolver)
TEST_PROGRAMS	+= $(PROBES)
NEEDS_NO_BUILD	+= sandbox-probe
.PHONY: sandbox-probe

# Their own objects, all of them; only calls of these functions go through
# the probe.
PROBE_WRAPS	= seccomp_apply sandbox_landlock sandbox_no_dump \
		  sandbox_no_new_privs sandbox_rlimits sandbox_chroot \
		  sandbox_setids sandbox_caps sandbox_securebits \
		  sandbox_bounding_drop seccomp_init seccomp_rule_add_array \
		  poll __poll_chk ppoll __ppoll_chk
probe_link	= @mkdir -p $(@D); $(patsubst @%,%,$(link)) \
		  $(patsubst %,-Wl$(COMMA)--wrap=%,$(PROBE_WRAPS) $(1))
COMMA		= ,

$(BUILD)/probe/wirelinkd: $(PRIVD_OBJ) $(PROBE_OBJ) \
    $(BUILD)/tests/probe/stage_privd.o $(LIBS)
	$(call probe_link,start_control start_process) $(LIBS_libmnl) \
	    $(LIBS_libsodium) $(LIBS_libseccomp) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/probe/wirelink-netd: $(NETD_OBJ) $(PROBE_OBJ) \
    $(BUILD)/tests/probe/stage_netd.o $(LIBS)
	$(call probe_link) $(LIBS_libseccomp) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/probe/wirelink-resolver: $(BUILD)/netd/resolver.o \
    $(BUILD)/netd/resolver_filter.o $(PROBE_OBJ) \
    $(BUILD)/tests/probe/stage_resolver.o $(LIBS)
	$(call probe_link) $(LIBS_libcares) $(LIBS_libseccomp) \
	    $(LIBS_libbsd-overlay)

sandbox-probe:
	@$(MAKE) $(JOBS) tests
	@tests/probe/table.sh
