# wirelinkctl, the program, against a netd that is played: answers with all
# that makes text hard.
#: make ctl           what wirelinkctl prints, read by other programs

PACKAGES	+= graphviz python3-jsonschema python3-prometheus-client zsh
TEST_PROGRAMS	+= $(BUILD)/ctl-netd

$(BUILD)/ctl-netd: $(BUILD)/tests/ctl/netd.o $(call no_main,$(NETD_OBJ)) \
    $(LIBS)
	$(link) $(LIBS_libseccomp) $(LIBS_libbsd-overlay) -lmd

.PHONY: ctl
ctl: $(PROGRAMS) $(BUILD)/ctl-netd
	@tests/ctl/check.sh
