# The networks on kernel WireGuard, in virtual machines: docs/lab.md.
#: make check-vm      the networks on kernel WireGuard, in virtual machines;
#:                    T="t_nat", KERNEL, SUITE, ACCEL: docs/lab.md
#: make lab           what check-vm boots, without booting it
#: make lab-shell     a shell in a machine with three nodes
#: make soak          random faults for MINUTES=60; SEED

KERNEL		?= linux-image-cloud-amd64
SUITE		?=
ACCEL		?= virtual
MINUTES		?= 60
SEED		?=
export KERNEL SUITE ACCEL MINUTES SEED

NEEDS_NO_BUILD	+= check-vm lab lab-shell soak
PACKAGES	+= cpio kmod qemu-system-x86 systemd xz-utils
TEST_PROGRAMS	+= $(if $(filter x86_64,$(shell uname -m)),$(BUILD)/dropcap)
.PHONY: check-vm lab lab-shell soak

$(BUILD)/dropcap: $(BUILD)/tests/vm/dropcap.o
	$(link)

lab:
	@$(MAKE) $(JOBS) tests
	@tests/vm/lab.sh

check-vm:
	@$(MAKE) $(JOBS) tests
	@tests/vm/run.sh

lab-shell:
	@$(MAKE) $(JOBS) tests
	@tests/vm/lab.sh shell

soak:
	@$(MAKE) $(JOBS) tests
	@LIMIT_S=14400 tests/vm/run.sh \
	    "tests/vm/t_soak.sh $(MINUTES) $(or $(SEED),$(shell date +%s))"
