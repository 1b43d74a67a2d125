# The source archive and the Debian package.
#: make dist          wirelink-VERSION.tar.gz, in build/
#: make deb           wirelink_VERSION_ARCH.deb, in build/; MAINTAINER

MAINTAINER	?= The wirelink authors <wirelink@example.org>
export MAINTAINER
DIST		= $(BUILD)/wirelink-$(VERSION).tar.gz
# The package has other paths in its programs, so it has a build of its own.
DEB_BUILD	?= $(BUILD)/deb
DEB_ROOT	= $(abspath $(DEB_BUILD)/root)

NEEDS_NO_BUILD	+= deb dist
PACKAGES	+= binutils dpkg
.PHONY: deb dist

dist:
	@tests/pkg/dist.sh $(VERSION) $(DIST)
	@echo $(DIST)

deb:
	@rm -rf $(DEB_ROOT)
	@$(MAKE) $(JOBS) BUILD=$(DEB_BUILD) PREFIX=/usr SYSCONFDIR=/etc \
	    RCDIR= OPENRCDIR= DESTDIR=$(DEB_ROOT) install \
	    >$(BUILD)/deb.log 2>&1 || { cat $(BUILD)/deb.log; exit 1; }
	@tests/pkg/deb.sh $(VERSION) $(DEB_ROOT) $(BUILD)
