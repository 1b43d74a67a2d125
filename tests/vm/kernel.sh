#!/usr/bin/env bash
# kernel.sh DIR PACKAGE [SUITE]: fetches a Debian kernel into DIR, unless it
# is there: DIR/vmlinuz, DIR/modules (a tree for depmod -b), DIR/release. The
# package is not installed. With SUITE it comes from that suite of the mirror
# that this host's apt uses.
set -eu -o pipefail
dir=$1 package=$2 suite=${3:-}
[ -e "$dir/release" ] && exit 0

die() {
	echo "tests/vm/kernel.sh: $*" >&2
	exit 1
}
command -v apt-get >/dev/null || die "needs apt-get, to fetch $package"
rm -rf "$dir.new"
mkdir -p "$dir.new"
trap 'rm -rf "$dir.new"' EXIT
new=$(cd "$dir.new" && pwd)

# apt with lists of its own, when it is to look into another suite.
options=()
if [ -n "$suite" ]; then
	mirror=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' | grep '/debian/$' | head -n 1) ||
		die "apt has no Debian mirror"
	mkdir -p "$new/apt/lists/partial" "$new/apt/cache/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$mirror $suite main" >"$new/apt/sources"
	options=(-o "Dir::State::lists=$new/apt/lists"
		-o "Dir::Cache=$new/apt/cache"
		-o "Dir::Etc::sourcelist=$new/apt/sources"
		-o "Dir::Etc::sourceparts=/dev/null"
		-o "APT::Sandbox::User=root")
	apt-get -qq "${options[@]}" update || die "no lists of $suite"
fi
# The meta package names the kernel that it stands for at present.
real=$(apt-cache "${options[@]}" depends "$package" 2>/dev/null |
	awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }')
real=${real:-$package}
# Newer ones are in several packages, for one release.
parts=$(apt-cache "${options[@]}" depends "$real" 2>/dev/null |
	awk -v release="${real#linux-image-}" '$1 == "Depends:" &&
		$2 ~ "^linux-(base|binary|modules)-" && index($2, release) { print $2 }')
(cd "$new" && apt-get -qq "${options[@]}" -o APT::Sandbox::User=root \
	download "$real" $parts) || die "cannot fetch $real"
for deb in "$new"/linux-*.deb; do
	dpkg-deb -x "$deb" "$new/tree"
done
# Since Debian 13 modules lie below /usr.
for tree in "$new/tree" "$new/tree/usr"; do
	[ -d "$tree/lib/modules" ] && modules=$tree/lib/modules
done
[ -n "${modules:-}" ] || die "$real has no modules"
release=$(ls "$modules")
mkdir -p "$new/modules/lib/modules"
# The kernel itself lies in /boot or, since 7, beside its modules.
for image in "$new"/tree/boot/vmlinuz-* "$modules/$release/vmlinuz"; do
	[ -e "$image" ] && mv "$image" "$new/vmlinuz"
done
[ -e "$new/vmlinuz" ] || die "$real has no kernel"
mv "$modules/$release" "$new/modules/lib/modules/"
depmod -b "$new/modules" "$release"
rm -rf "$new/tree" "$new/apt" "$new"/*.deb
echo "$release" >"$new/release"
mkdir -p "${dir%/*}"
rm -rf "$dir"
mv "$new" "$dir"
trap - EXIT
