# GNU make. `make help` lists the targets; README.md explains them.

VERSION		= 0.1.0
PREFIX		?= /usr/local
SYSCONFDIR	?= /etc
SBINDIR		= $(PREFIX)/sbin
LIBEXECDIR	= $(PREFIX)/libexec/wirelink
MANDIR		= $(PREFIX)/share/man
DOCDIR		= $(PREFIX)/share/doc/wirelink
BUILD		?= build
WERROR		?=

CC		?= cc
PKG_CONFIG	?= pkg-config

WARNINGS	= -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
		  -Wmissing-prototypes -Wpointer-arith -Wformat=2 \
		  $(if $(WERROR),-Werror)
try		= $(shell $(CC) $(1) -Werror -x c -c -o /dev/null /dev/null \
		  2>/dev/null && echo '$(1)')
HARDEN		:= -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
		  -fno-common $(call try,-fstack-clash-protection) \
		  $(call try,-fcf-protection=full) \
		  $(call try,-mbranch-protection=standard)
LDHARDEN	= -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
		  -Wl,--as-needed
CFLAGS		?= -O2 -g
# Paths in the debug information are relative, so that two builds in two
# places are the same bytes.
BASE_CFLAGS	= -std=c11 -D_GNU_SOURCE -I. -ffile-prefix-map=$(CURDIR)=. \
		  $(HARDEN) $(WARNINGS) \
		  -DWIRELINK_VERSION='"$(VERSION)"' \
		  -DWIRELINK_LIBEXECDIR='"$(LIBEXECDIR)"' \
		  -DWIRELINK_SYSCONFDIR='"$(SYSCONFDIR)"'
DEPFLAGS	= -MMD -MP

cflags		= $(shell $(PKG_CONFIG) --cflags $(1))
libs		= $(shell $(PKG_CONFIG) --libs $(1))

PKGS_privd	= libmnl libsodium libseccomp libbsd-overlay
PKGS_netd	= libseccomp libbsd-overlay
PKGS_resolver	= libcares libseccomp libbsd-overlay
PKGS_ctl	= json-c libbsd-overlay
PKGS_tests	= criterion libmnl libsodium libseccomp json-c libbsd-overlay
LIBMD		= -lmd

PROGRAMS	= $(BUILD)/wirelinkd $(BUILD)/wirelink-netd \
		  $(BUILD)/wirelink-resolver $(BUILD)/wirelinkctl

COMMON_OBJ	= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard common/*.c)))
PROTO_OBJ	= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard proto/*.c)))
PRIVD_OBJ	= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard privd/*.c)))
NETD_OBJ	= $(patsubst %.c,$(BUILD)/%.o,$(filter-out netd/resolver.c, \
		  $(sort $(wildcard netd/*.c))))
RESOLVER_OBJ	= $(BUILD)/netd/resolver.o
CTL_OBJ		= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard netd/ctl/*.c)))
FACT_OBJ	= $(BUILD)/netd/fact.o
UNIT_OBJ	= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/unit/*.c)))
SIM_OBJ		= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/sim/*.c)))

# Archives, so that a program holds what it uses of them and nothing else.
LIBCOMMON	= $(BUILD)/libcommon.a
LIBPROTO	= $(BUILD)/libproto.a

all: $(PROGRAMS)

$(LIBCOMMON): $(COMMON_OBJ)
$(LIBPROTO): $(PROTO_OBJ)
$(BUILD)/lib%.a:
	rm -f $@
	$(AR) rcD $@ $^

link = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $@ \
	$(filter %.o,$^) $(filter %.a,$^)

$(BUILD)/wirelinkd: $(PRIVD_OBJ) $(LIBPROTO) $(LIBCOMMON)
	$(link) $(call libs,$(PKGS_privd)) $(LIBMD)
$(BUILD)/wirelink-netd: $(NETD_OBJ) $(LIBPROTO) $(LIBCOMMON)
	$(link) $(call libs,$(PKGS_netd)) $(LIBMD)
$(BUILD)/wirelink-resolver: $(RESOLVER_OBJ) $(LIBPROTO) $(LIBCOMMON)
	$(link) $(call libs,$(PKGS_resolver)) $(LIBMD)
$(BUILD)/wirelinkctl: $(CTL_OBJ) $(FACT_OBJ) $(LIBPROTO) $(LIBCOMMON)
	$(link) $(call libs,$(PKGS_ctl)) $(LIBMD)

ALL_CFLAGS	:= $(BASE_CFLAGS) $(call cflags,libmnl libsodium libseccomp \
		  libcares json-c libbsd-overlay)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CFLAGS) $(CPPFLAGS) $(DEPFLAGS) -c -o $@ $<

$(BUILD)/tests/unit/%.o: ALL_CFLAGS += $(call cflags,criterion)
$(BUILD)/unit-tests: $(UNIT_OBJ) $(filter-out %/main.o,$(PRIVD_OBJ) $(NETD_OBJ)) \
    $(filter-out %/main.o,$(CTL_OBJ)) $(LIBPROTO) $(LIBCOMMON)
	$(link) $(call libs,$(PKGS_tests)) $(LIBMD)
$(BUILD)/sim: $(SIM_OBJ) $(filter-out %/main.o,$(NETD_OBJ)) $(LIBPROTO) \
    $(LIBCOMMON)
	$(link) $(call libs,$(PKGS_netd)) $(LIBMD)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all clean
