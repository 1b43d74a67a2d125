# The source archive and the Debian package.
#: make dist          wirelink-VERSION.tar.gz, in build/
#: make deb           wirelink_VERSION_ARCH.deb, in build/; MAINTAINER
#: make session       docs/session.md anew, a newcomer's first steps

MAINTAINER	?= The wirelink authors <wirelink@example.org>
export MAINTAINER
DIST		= $(BUILD)/wirelink-$(VERSION).tar.gz
# The package has other paths in its programs, so it has a build of its own.
DEB_BUILD	?= $(BUILD)/deb
DEB_ROOT	= $(abspath $(DEB_BUILD)/root)

NEEDS_NO_BUILD	+= deb dist
PACKAGES	+= binutils dpkg
.PHONY: deb dist session

dist:
	@tests/pkg/dist.sh $(VERSION) $(DIST)
	@echo $(DIST)

deb:
	@rm -rf $(DEB_ROOT)
	@mkdir -p $(BUILD)
	@$(MAKE) $(JOBS) BUILD=$(DEB_BUILD) PREFIX=/usr SYSCONFDIR=/etc \
	    RCDIR= OPENRCDIR= DESTDIR=$(DEB_ROOT) install \
	    >$(BUILD)/deb.log 2>&1 || { cat $(BUILD)/deb.log; exit 1; }
	@tests/pkg/deb.sh $(VERSION) $(DEB_ROOT) $(BUILD)

session: programs deb
	@SESSION_SVG=docs/graph.svg tests/pkg/session.sh >docs/session.new
	@mv docs/session.new docs/session.md
