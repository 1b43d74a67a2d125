# GNU make. `make help` lists the targets; README.md explains them.

VERSION		= 0.1.0
PREFIX		?= /usr/local
SYSCONFDIR	?= /etc
SBINDIR		= $(PREFIX)/sbin
LIBEXECDIR	= $(PREFIX)/libexec/wirelink
MANDIR		= $(PREFIX)/share/man
DOCDIR		= $(PREFIX)/share/doc/wirelink
BASHCOMPDIR	= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR	= $(PREFIX)/share/zsh/site-functions
RCDIR		?=
OPENRCDIR	?=
UNITDIR		= $(PREFIX)/lib/systemd/system
SYSUSERSDIR	= $(PREFIX)/lib/sysusers.d
TMPFILESDIR	= $(PREFIX)/lib/tmpfiles.d
BUILD		?= build
WERROR		?=
N		?= 3
JSON		?=
T		?=

PKG_CONFIG	?= pkg-config
CFLAGS		?= -O2 -g
# make V=1 shows how the compiler is called.
Q		= $(if $(V),,@)
export BUILD N JSON T

WARNINGS	= -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
		  -Wmissing-prototypes -Wpointer-arith -Wformat=2 \
		  $(if $(WERROR),-Werror)
# Paths in the debug information are relative, so that two builds in two
# places are the same bytes.
BASE_CFLAGS	= -std=c11 -D_GNU_SOURCE -I. -ffile-prefix-map=$(CURDIR)=. \
		  -fPIE -fno-common -fstack-protector-strong \
		  -ffunction-sections -fdata-sections \
		  $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2) \
		  $(HARDEN_CFLAGS) $(WARNINGS) $(SANITIZE) \
		  -DWIRELINK_VERSION='"$(VERSION)"' \
		  -DWIRELINK_LIBEXECDIR='"$(LIBEXECDIR)"' \
		  -DWIRELINK_SYSCONFDIR='"$(SYSCONFDIR)"'
BASE_LDFLAGS	= -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
		  -Wl,--as-needed

PROGRAMS	= $(BUILD)/wirelinkd $(BUILD)/wirelink-netd \
		  $(BUILD)/wirelink-resolver $(BUILD)/wirelinkctl
TEST_PROGRAMS	= $(BUILD)/unit-tests $(BUILD)/sim $(BUILD)/memscan \
		  $(BUILD)/inject $(BUILD)/notified $(BUILD)/order

objects		= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard $(1))))
COMMON_OBJ	= $(call objects,common/*.c)
PROTO_OBJ	= $(call objects,proto/*.c)
PRIVD_OBJ	= $(call objects,privd/*.c)
NETD_OBJ	= $(filter-out %/resolver.o %/resolver_filter.o,\
		  $(call objects,netd/*.c))
CTL_OBJ		= $(call objects,netd/ctl/*.c)
UNIT_OBJ	= $(call objects,tests/unit/*.c)
SIM_OBJ		= $(call objects,tests/sim/*.c)

# All but the program's own main, for programs that test the rest.
no_main		= $(filter-out %/main.o,$(1))

# Archives, and sections that the linker drops, so that a program holds what it uses of them and
# nothing else. (criterion finds its tests by sections that nobody refers to.)
$(PROGRAMS): BASE_LDFLAGS += -Wl,--gc-sections
LIBCOMMON	= $(BUILD)/libcommon.a
LIBPROTO	= $(BUILD)/libproto.a
LIBS		= $(LIBPROTO) $(LIBCOMMON)

# What the build asks the compiler and pkg-config is asked once, by a rule,
# and not when this file is read: `make deps demo` installs them on the way.
FLAGS		= $(BUILD)/flags.mk
NEEDS_NO_BUILD	= all help deps users demo check clean uninstall \
		  docs
# Debian's names; what only tests and demo use comes last.
PACKAGES	= gcc libc6-dev make pkg-config libmnl-dev libbsd-dev \
		  libmd-dev libsodium-dev libseccomp-dev libc-ares-dev \
		  libjson-c-dev libcriterion-dev iproute2 iputils-ping \
		  jq mandoc nftables procps tcpdump wireguard-go \
		  wireguard-tools

# What a kind of tests needs in targets, packages and programs is in its
# folder.
TEST_RULES	= $(sort $(wildcard tests/*/rules.mk))
include $(TEST_RULES)

ifneq ($(filter-out $(NEEDS_NO_BUILD),$(MAKECMDGOALS)),)
include $(FLAGS)
endif

.PHONY: all help deps users demo check docs install uninstall \
	clean programs tests

MAKEFLAGS	+= --no-print-directory
# Of several goals one comes after the other, whatever -j says: installing comes
# first, and two that call make again would write the same files.
ifneq ($(word 2,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
JOBS		= -j$(shell getconf _NPROCESSORS_ONLN)

.DEFAULT_GOAL	:= all

all:
	@$(MAKE) $(JOBS) programs

help:
	@echo 'make               the four programs, in $(BUILD)/'
	@echo 'make deps          install what build, tests and demo need (Debian)'
	@echo 'make users         the three system users that the processes run as'
	@echo 'make demo          a network in namespaces; N=5, JSON=1'
	@echo 'make check         all tests'
	@echo 'make docs          bring the generated part of docs/ up to date'
	@echo 'make install       DESTDIR, PREFIX, SYSCONFDIR;'
	@echo '                   RCDIR=/etc/rc.d, OPENRCDIR=/etc/init.d'
	@echo 'make uninstall     undo that'
	@sed -n 's/^#: //p' $(TEST_RULES)

programs: $(PROGRAMS)
tests: $(PROGRAMS) $(TEST_PROGRAMS)

$(FLAGS): Makefile $(TEST_RULES)
	@mkdir -p $(BUILD)
	@for p in libmnl libsodium libseccomp libbsd-overlay libcares json-c; do \
		$(PKG_CONFIG) --exists $$p || \
		{ echo "$$p is missing: run 'make deps'" >&2; exit 1; }; done
	@try() { $(CC) "$$1" -Werror -x c -c -o /dev/null /dev/null \
		2>/dev/null && printf ' %s' "$$1"; }; \
	{ printf 'HARDEN_CFLAGS ='; \
	try -fstack-clash-protection; try -fcf-protection=full; \
	try -mbranch-protection=standard; echo; \
	for p in libmnl libsodium libseccomp libbsd-overlay libcares json-c \
	    criterion; do \
		$(PKG_CONFIG) --exists $$p || continue; \
		echo "CFLAGS_$$p = $$($(PKG_CONFIG) --cflags $$p)"; \
		echo "LIBS_$$p = $$($(PKG_CONFIG) --libs $$p)"; \
	done; } >$@.new
	@mv $@.new $@

$(LIBCOMMON): $(COMMON_OBJ)
$(LIBPROTO): $(PROTO_OBJ)
$(BUILD)/lib%.a:
	@rm -f $@
	$(Q)$(AR) rcD $@ $^

link = @echo '  LINK  $@' && $(CC) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS) -o $@ \
	$(filter %.o,$^) $(filter %.a,$^)

$(BUILD)/wirelinkd: $(PRIVD_OBJ) $(LIBS)
	$(link) $(LIBS_libmnl) $(LIBS_libsodium) $(LIBS_libseccomp) \
	    $(LIBS_libbsd-overlay) -lmd
$(BUILD)/wirelink-netd: $(NETD_OBJ) $(LIBS)
	$(link) $(LIBS_libseccomp) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/wirelink-resolver: $(BUILD)/netd/resolver.o \
    $(BUILD)/netd/resolver_filter.o $(LIBS)
	$(link) $(LIBS_libcares) $(LIBS_libseccomp) $(LIBS_libbsd-overlay)
$(BUILD)/wirelinkctl: $(CTL_OBJ) $(BUILD)/netd/fact.o $(LIBS)
	$(link) $(LIBS_json-c) $(LIBS_libseccomp) $(LIBS_libbsd-overlay)

ALL_CFLAGS	= $(BASE_CFLAGS) $(CFLAGS_libmnl) $(CFLAGS_libsodium) \
		  $(CFLAGS_libseccomp) $(CFLAGS_libcares) $(CFLAGS_json-c) \
		  $(CFLAGS_libbsd-overlay) $(CFLAGS_criterion)

# Paths and version are in some programs: these are built anew when they
# change, as in `make && make install PREFIX=/usr`.
CONFIGURED	= $(shell grep -lE 'WIRELINK_[A-Z]+(DIR|SION)' $(wildcard \
		  common/*.c proto/*.c privd/*.c netd/*.c netd/ctl/*.c))
$(patsubst %.c,$(BUILD)/%.o,$(CONFIGURED)): $(BUILD)/paths
.PHONY: $(BUILD)/paths.now
$(BUILD)/paths.now:
	@mkdir -p $(BUILD)
	@echo '$(VERSION) $(LIBEXECDIR) $(SYSCONFDIR)' >$@
	@cmp -s $@ $(BUILD)/paths || cp $@ $(BUILD)/paths
$(BUILD)/paths: $(BUILD)/paths.now ;

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit-tests: $(UNIT_OBJ) \
    $(call no_main,$(PRIVD_OBJ) $(NETD_OBJ) $(CTL_OBJ)) \
    $(BUILD)/netd/resolver_filter.o $(LIBS)
	$(link) $(LIBS_criterion) $(LIBS_libmnl) $(LIBS_libsodium) \
	    $(LIBS_libseccomp) $(LIBS_json-c) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/sim: $(SIM_OBJ) $(call no_main,$(NETD_OBJ)) \
    $(BUILD)/privd/policy.o $(LIBS)
	$(link) $(LIBS_libseccomp) $(LIBS_libbsd-overlay) -lmd
$(BUILD)/memscan $(BUILD)/inject: $(BUILD)/%: $(BUILD)/tests/e2e/%.o \
    $(BUILD)/tests/e2e/args.o $(BUILD)/netd/fact.o $(BUILD)/netd/group.o $(LIBS)
	$(link) $(LIBS_libsodium) $(LIBS_libbsd-overlay) -lmd

$(BUILD)/notified: $(BUILD)/tests/e2e/notified.o
	$(link) $(LIBS_libbsd-overlay)
$(BUILD)/order: $(BUILD)/tests/e2e/order.o $(LIBS)
	$(link) $(LIBS_libseccomp) $(LIBS_libbsd-overlay)

ifneq ($(filter-out $(NEEDS_NO_BUILD),$(MAKECMDGOALS)),)
-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
endif

demo:
	@mkdir -p $(BUILD)
	@$(MAKE) $(JOBS) programs >$(BUILD)/make.log 2>&1 || \
	    { cat $(BUILD)/make.log; exit 1; }
	@tests/e2e/demo.sh

check:
	@$(MAKE) $(JOBS) tests
	@tests/run.sh

MAN8		= wirelinkd.8 wirelinkctl.8
MAN7		= wirelink-reasons.7
MAN5		= wirelink.conf.5
DOCS		= README.md LICENSE $(sort $(wildcard docs/*.md docs/*.svg)) \
		  docs/ctl.schema.json privd/etc/example.conf privd/etc/systemd/wg-quick.conf
EXAMPLES	= wirelink-metrics@.service wirelink-metrics@.timer observe.conf \
		  control-group.conf userspace.conf
UNITS		= wirelinkd@.service wirelink-netd@.service \
		  wirelink-netd@.socket wirelink-resolver@.service \
		  wirelink-resolver@.socket

# filled FILE TO MODE: FILE of privd/etc with the paths of this host. OpenBSD
# runs its scripts with ksh, which here would only be one more thing to need.
filled		= sed -e 's|@SBINDIR@|$(SBINDIR)|g' \
		  -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' -e 's|@RCDIR@|$(or $(RCDIR),/etc/rc.d)|g' \
		  -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
		  -e '1s|^\#!/bin/ksh|\#!/bin/sh|' privd/etc/$(1) \
		  >$(DESTDIR)$(2) && chmod $(3) $(DESTDIR)$(2)
# A host's own rc.subr stays.
RC_SUBR_OURS	= grep -qs 'hosts that have no rc.subr' \
		  $(DESTDIR)$(RCDIR)/rc.subr

docs:
	{ sed '/BEGIN TABLE/q' docs/messages.md; \
	    awk -f docs/messages.awk proto/msgs.h; \
	    sed -n '/END TABLE/,$$p' docs/messages.md; } >docs/messages.new
	mv docs/messages.new docs/messages.md
	{ sed '/BEGIN TABLE/q' docs/wirelink-reasons.7; \
	    awk -f docs/reasons.awk proto/reason.h; \
	    sed -n '/END TABLE/,$$p' docs/wirelink-reasons.7; } \
	    >docs/reasons.new
	mv docs/reasons.new docs/wirelink-reasons.7

install: programs
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBEXECDIR) \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 \
	    $(DESTDIR)$(MANDIR)/man8 \
	    $(DESTDIR)$(BASHCOMPDIR) $(DESTDIR)$(ZSHCOMPDIR) \
	    $(DESTDIR)$(DOCDIR)/examples/rc.d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
	    $(DESTDIR)$(TMPFILESDIR)
	install -m 755 $(BUILD)/wirelinkd $(BUILD)/wirelinkctl \
	    $(DESTDIR)$(SBINDIR)
	install -m 755 $(BUILD)/wirelink-netd $(BUILD)/wirelink-resolver \
	    $(DESTDIR)$(LIBEXECDIR)
	for f in $(MAN8); do \
	    install -m 644 docs/$$f $(DESTDIR)$(MANDIR)/man8 || exit 1; done
	for f in $(MAN5); do \
	    install -m 644 docs/$$f $(DESTDIR)$(MANDIR)/man5 || exit 1; done
	for f in $(MAN7); do \
	    install -m 644 docs/$$f $(DESTDIR)$(MANDIR)/man7 || exit 1; done
	install -m 644 $(DOCS) $(DESTDIR)$(DOCDIR)
	install -m 644 netd/ctl/completion/wirelinkctl.bash \
	    $(DESTDIR)$(BASHCOMPDIR)/wirelinkctl
	install -m 644 netd/ctl/completion/_wirelinkctl $(DESTDIR)$(ZSHCOMPDIR)
	$(foreach f,$(EXAMPLES),$(call \
	    filled,systemd/$f,$(DOCDIR)/examples/$f,644) &&) :
	$(call filled,rc.d/wirelinkd,$(DOCDIR)/examples/rc.d/wirelinkd,755)
	$(call filled,rc.d/rc.subr,$(DOCDIR)/examples/rc.d/rc.subr,644)
	$(foreach f,$(UNITS),$(call filled,systemd/$f,$(UNITDIR)/$f,644) &&) :
	install -m 644 privd/etc/sysusers.d/wirelink.conf \
	    $(DESTDIR)$(SYSUSERSDIR)/wirelink.conf
	install -m 644 privd/etc/tmpfiles.d/wirelink.conf \
	    $(DESTDIR)$(TMPFILESDIR)/wirelink.conf
ifneq ($(RCDIR),)
	install -d $(DESTDIR)$(RCDIR)
	$(call filled,rc.d/wirelinkd,$(RCDIR)/wirelinkd,755)
	if [ ! -e $(DESTDIR)$(RCDIR)/rc.subr ] || $(RC_SUBR_OURS); then \
	    $(call filled,rc.d/rc.subr,$(RCDIR)/rc.subr,644); fi
endif
ifneq ($(OPENRCDIR),)
	install -d $(DESTDIR)$(OPENRCDIR)
	$(call filled,openrc/wirelinkd,$(OPENRCDIR)/wirelinkd,755)
endif

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/wirelinkd $(DESTDIR)$(SBINDIR)/wirelinkctl \
	    $(DESTDIR)$(LIBEXECDIR)/wirelink-netd \
	    $(DESTDIR)$(LIBEXECDIR)/wirelink-resolver \
	    $(addprefix $(DESTDIR)$(MANDIR)/man8/,$(MAN8)) \
	    $(addprefix $(DESTDIR)$(MANDIR)/man7/,$(MAN7)) \
	    $(addprefix $(DESTDIR)$(MANDIR)/man5/,$(MAN5)) \
	    $(addprefix $(DESTDIR)$(DOCDIR)/,$(notdir $(DOCS))) \
	    $(addprefix $(DESTDIR)$(UNITDIR)/,$(UNITS)) \
	    $(DESTDIR)$(SYSUSERSDIR)/wirelink.conf \
	    $(DESTDIR)$(TMPFILESDIR)/wirelink.conf
ifneq ($(RCDIR),)
	rm -f $(DESTDIR)$(RCDIR)/wirelinkd
	! $(RC_SUBR_OURS) || rm -f $(DESTDIR)$(RCDIR)/rc.subr
endif
ifneq ($(OPENRCDIR),)
	rm -f $(DESTDIR)$(OPENRCDIR)/wirelinkd
endif
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/examples/,$(EXAMPLES) \
		rc.d/wirelinkd rc.d/rc.subr) \
	    $(DESTDIR)$(BASHCOMPDIR)/wirelinkctl \
	    $(DESTDIR)$(ZSHCOMPDIR)/_wirelinkctl
	rmdir $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DOCDIR)/examples/rc.d \
	    $(DESTDIR)$(DOCDIR)/examples \
	    $(DESTDIR)$(DOCDIR) 2>/dev/null || true

clean:
	rm -rf $(BUILD)

deps:
	@if command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq \
		    --no-install-recommends $(PACKAGES) </dev/null && \
		$(MAKE) users; \
	else \
		missing=; \
		for p in libmnl libbsd-overlay libsodium libseccomp libcares \
		    json-c criterion; do \
			$(PKG_CONFIG) --exists $$p || missing="$$missing $$p"; \
		done; \
		for p in $(CC) $(PKG_CONFIG) ip wg nft ping jq mandoc; do \
			command -v $$p >/dev/null || missing="$$missing $$p"; \
		done; \
		[ -z "$$missing" ] || { echo "missing:$$missing" >&2; exit 1; }; \
	fi

users:
	@for u in _wirelinkp _wirelink _wirelinkr; do \
		id $$u >/dev/null 2>&1 || useradd --system --user-group \
		    --home-dir /nonexistent --no-create-home \
		    --shell /usr/sbin/nologin $$u || exit 1; \
	done
