#!/bin/sh
# deb.sh VERSION ROOT OUT: a Debian package of what is installed in ROOT, in
# the directory OUT. MAINTAINER is "Name <address>".
set -eu
cd "${0%/*}/../.."
version=$1 root=$2 out=$3
doc=$root/usr/share/doc/wirelink
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(tests/pkg/changes.sh date)
export MAINTAINER SOURCE_DATE_EPOCH

die() {
	echo "tests/pkg/deb.sh: $*" >&2
	exit 1
}
[ "$version" = "$(tests/pkg/changes.sh version)" ] ||
	die "docs/CHANGELOG.md is about another version than $version"

# The packages of the libraries that our programs name, in the versions that
# those say they need.
depends() {
	for program in "$root"/usr/sbin/* "$root"/usr/libexec/wirelink/*; do
		objdump -p "$program"
	done | awk '$1 == "NEEDED" { print $2 }' | sort -u |
		while IFS= read -r soname; do
			name=${soname%%.so.*}
			awk -v name="$name" -v version="${soname##*.so.}" '
				$1 == name && $2 == version {
					$1 = $2 = ""
					sub(/^ +/, "")
					print
					exit
				}' /var/lib/dpkg/info/*":$arch.shlibs" | grep . ||
				die "no package says that it has $soname"
		done | sort -u | paste -sd, | sed 's/,/, /g'
}

strip --strip-unneeded --remove-section=.comment --remove-section=.note \
	"$root"/usr/sbin/* "$root"/usr/libexec/wirelink/*
gzip -9n "$root"/usr/share/man/man?/*
rm "$doc/LICENSE" "$doc/CHANGELOG.md"
install -m 644 privd/etc/debian/copyright "$doc/copyright"
tests/pkg/changes.sh debian | gzip -9n >"$doc/changelog.gz"
chmod 644 "$doc/changelog.gz"
install -d "$root/etc/wirelink" "$root/DEBIAN"
for script in postinst postrm prerm; do
	install -m 755 "privd/etc/debian/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum) \
	>"$root/DEBIAN/md5sums"
needed=$(depends)
size=$(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f 1)
sed -e "s|@VERSION@|$version|" -e "s|@ARCH@|$arch|" -e "s|@SIZE@|$size|" \
	-e "s|@DEPENDS@|$needed|" -e "s|@MAINTAINER@|$MAINTAINER|" \
	privd/etc/debian/control >"$root/DEBIAN/control"
chmod 644 "$root/DEBIAN/md5sums" "$root/DEBIAN/control"
dpkg-deb --root-owner-group -Zxz --build "$root" \
	"$out/wirelink_${version}_$arch.deb" >/dev/null
echo "$out/wirelink_${version}_$arch.deb"
