#!/usr/bin/env bash
# pkg: source archive, Debian package, install and uninstall
# From the archive the same programs are built, byte by byte, and the package
# is made from there too.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/checks.sh
BUILD=$(cd "${BUILD:-build}" && pwd) || exit 1
unset MAKEFLAGS MFLAGS T N
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# In the tree that was unpacked.
there() { (cd "$tree" && BUILD=build && export BUILD && "$@"); }

version=$(sed -n 's/^VERSION[[:space:]]*= *//p' Makefile)
archive=wirelink-$version.tar.gz
tree=$work/wirelink-$version
programs='wirelinkd wirelink-netd wirelink-resolver wirelinkctl'

check changes-version test "$version" = "$(tests/pkg/changes.sh version)"
check dist make dist BUILD="$work/dist"
check dist-unpack tar -C "$work" -xzf "$work/dist/$archive"
[ "$failed" = 0 ] || end pkg
# Outside of the checkout, another day, another umask: the same bytes.
touch "$tree/README.md"
chmod -R go-rwx "$tree"
check dist-again there make dist
check dist-same-bytes cmp "$work/dist/$archive" "$tree/build/$archive"

same_programs() {
	local p
	for p in $programs; do
		cmp "$BUILD/$p" "$tree/build/$p" || return 1
	done
}
check dist-builds there make
check dist-same-programs same_programs

# What comes and what goes.
installed() { find "$work/root" ! -type d | sed "s|^$work/root||" | sort; }
install_to() {
	there make "$@" DESTDIR="$work/root" RCDIR=/etc/rc.d \
		OPENRCDIR=/etc/init.d
}
check install install_to install
check install-nothing-unfilled test "" = \
	"$(grep -rlE '@[A-Z]+@' "$work/root/etc" "$work/root/usr/local/lib")"
check uninstall install_to uninstall
check uninstall-all test "" = "$(installed)"
# Another prefix is compiled in, though the programs were there.
prefix() {
	there make install DESTDIR="$work/root" PREFIX=/opt/w || return 1
	grep -q /opt/w/libexec/wirelink "$work/root/opt/w/sbin/wirelinkd"
}
check install-prefix prefix

if ! command -v dpkg-deb >/dev/null || [ ! -d /var/lib/dpkg/info ]; then
	skip "deb: this is no Debian"
	end pkg
fi
# The programs are there but for what has the paths in it.
check deb there make deb DEB_BUILD=build
deb=$(echo "$tree"/build/wirelink_"$version"_*.deb)
cp "$deb" "$work/first.deb"
check deb-again there make deb DEB_BUILD=build
check deb-same-bytes cmp "$deb" "$work/first.deb"

field() { dpkg-deb -f "$deb" "$1"; }
has() { [[ $(field "$1") = *$2* ]]; }
check deb-version has Version "$version"
check deb-depends-libc has Depends 'libc6 (>= '
check deb-depends-mnl has Depends 'libmnl0 (>= '
dpkg-deb -c "$deb" >"$work/list"
contains() {
	local line
	while read -r line; do
		grep -q -- "^$line\$" "$work/list" ||
			{ echo "no line like: $line"; return 1; }
	done <<-END
		-rwxr-xr-x root/root .* ./usr/sbin/wirelinkd
		-rwxr-xr-x root/root .* ./usr/sbin/wirelinkctl
		-rwxr-xr-x root/root .* ./usr/libexec/wirelink/wirelink-netd
		-rwxr-xr-x root/root .* ./usr/libexec/wirelink/wirelink-resolver
		-rw-r--r-- root/root .* ./usr/lib/systemd/system/wirelinkd@.service
		-rw-r--r-- root/root .* ./usr/lib/systemd/system/wirelink-netd@.service
		-rw-r--r-- root/root .* ./usr/lib/systemd/system/wirelink-netd@.socket
		-rw-r--r-- root/root .* ./usr/lib/systemd/system/wirelink-resolver@.service
		-rw-r--r-- root/root .* ./usr/lib/systemd/system/wirelink-resolver@.socket
		-rw-r--r-- root/root .* ./usr/lib/sysusers.d/wirelink.conf
		-rw-r--r-- root/root .* ./usr/lib/tmpfiles.d/wirelink.conf
		-rw-r--r-- root/root .* ./usr/share/man/man8/wirelinkd.8.gz
		-rw-r--r-- root/root .* ./usr/share/man/man8/wirelinkctl.8.gz
		-rw-r--r-- root/root .* ./usr/share/man/man5/wirelink.conf.5.gz
		-rw-r--r-- root/root .* ./usr/share/doc/wirelink/changelog.gz
		-rw-r--r-- root/root .* ./usr/share/doc/wirelink/copyright
		-rw-r--r-- root/root .* ./usr/share/doc/wirelink/example.conf
		-rw-r--r-- root/root .* ./usr/share/doc/wirelink/wg-quick.conf
		drwxr-xr-x root/root .* ./etc/wirelink/
	END
}
check deb-contains contains
# The configuration is the administrator's; nothing is set-user-id.
check deb-no-file-in-etc test "" = "$(grep -v '^d' "$work/list" | grep ' ./etc/')"
check deb-no-rights test "" = "$(grep -E '^.{1,9}[sStT]' "$work/list")"
dpkg-deb -x "$deb" "$work/unpacked"
dpkg-deb -e "$deb" "$work/control"
for script in postinst prerm postrm; do
	check "deb-$script" sh -n "$work/control/$script"
done
check deb-md5sums sh -c "cd '$work/unpacked' && md5sum --quiet -c ../control/md5sums"
check deb-runs "$work/unpacked/usr/sbin/wirelinkd" -n -f \
	"$work/unpacked/usr/share/doc/wirelink/example.conf"
check deb-paths grep -q /usr/libexec/wirelink "$work/unpacked/usr/sbin/wirelinkd"
if command -v lintian >/dev/null; then
	check deb-lintian lintian --allow-root --pedantic -I \
		--fail-on error,warning,info,pedantic "$deb"
else
	skip "lintian: not installed"
fi
end pkg
