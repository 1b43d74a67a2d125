#!/usr/bin/env bash
# pack.sh KERNELDIR OUT: an initramfs of what the scenarios need: this
# host's programs with the libraries they are linked with, its systemd, the
# kernel's modules, the project's build and its tests.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
kernel=$1 out=$2
BUILD=${BUILD:-build}
release=$(cat "$kernel/release")

programs='awk base64 basename bash cat chmod chown chroot chrt cmp cp cut date diff dirname
	env find getconf grep head id ip join jq kill ln ls mkdir mktemp mount mv
	nft nsenter od ping ps readlink rm rmdir sed seq setpriv sleep sort stat
	stty sysctl tail tc tcpdump tee timeout touch tr umount uname uniq
	unshare wc wg xargs'
ours='wirelinkd wirelink-netd wirelink-resolver wirelinkctl memscan
	inject notified dropcap hostile-real hostile-relay'
modules='wireguard veth bridge dummy sch_netem sch_tbf nf_tables nf_conntrack
	nft_ct nft_nat nft_masq nft_chain_nat nft_objref nft_quota'

die() {
	echo "tests/vm/pack.sh: $*" >&2
	exit 1
}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root"/{dev,etc,proc,root,run,sys,tmp,usr/{bin,lib,lib64},var,wirelink}
ln -s usr/bin "$root/bin"
ln -s usr/bin "$root/sbin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
ln -s bin "$root/usr/sbin"
ln -s ../run "$root/var/run"

libraries=$(mktemp)
trap 'rm -rf "$root" "$libraries"' EXIT
for p in $programs; do
	path=$(type -P "$p") || die "$p is missing: run 'make deps'"
	cp -L "$path" "$root/usr/bin/$p"
	ldd "$path" >>"$libraries" 2>/dev/null || true
done
ln -s bash "$root/usr/bin/sh"
# For lab-shell: an interactive shell needs a controlling terminal.
cp -L "$(type -P setsid)" "$root/usr/bin/setsid"
# For t_units.sh, which says so when it is not there. Of its units it gets what
# ours refer to.
if [ -x /lib/systemd/systemd ]; then
	mkdir -p "$root/lib/systemd/system"
	for p in /lib/systemd/systemd /lib/systemd/systemd-executor \
		"$(type -P systemctl)" "$(type -P systemd-tmpfiles)"; do
		[ -e "$p" ] || continue
		case $p in
		/lib/*) cp -L "$p" "$root/lib/systemd/" ;;
		*) cp -L "$p" "$root/usr/bin/" ;;
		esac
		ldd "$p" >>"$libraries"
	done
	cp -L /lib/systemd/system/*.{target,slice} "$root/lib/systemd/system/"
fi
for p in $ours; do
	[ -e "$BUILD/$p" ] || die "$BUILD/$p is missing: run 'make'"
	ldd "$BUILD/$p" >>"$libraries"
done
awk '$2 == "=>" { print $3 } /^\t\// { print $1 }' "$libraries" | sort -u |
	while read -r lib; do
		mkdir -p "$root${lib%/*}"
		cp -L "$lib" "$root$lib"
	done

for m in $modules; do
	# Some are part of others, or of the kernel, in newer ones.
	modprobe -d "$kernel/modules" -S "$release" --show-depends "$m" \
		2>/dev/null || true
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$libraries"
n=100
while read -r m; do
	# Numbered in the order in which init loads them; insmod, not
	# modprobe, so that no index is needed.
	mkdir -p "$root/lib/wirelink"
	case $m in
	*.xz) xz -dc "$m" >"$root/lib/wirelink/$n-$(basename "$m" .xz)" ;;
	*) cp "$m" "$root/lib/wirelink/$n-${m##*/}" ;;
	esac
	n=$((n + 1))
done <"$libraries"
cp -L "$(type -P insmod)" "$root/usr/bin/insmod"
ldd "$(type -P insmod)" | awk '$2 == "=>" { print $3 }' | while read -r lib; do
	mkdir -p "$root${lib%/*}"
	cp -L "$lib" "$root$lib"
done

n=900
echo 'root:x:0:0::/root:/bin/bash' >"$root/etc/passwd"
printf 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n' >"$root/etc/group"
for u in _wirelinkp _wirelink _wirelinkr; do
	echo "$u:x:$n:$n::/nonexistent:/bin/false" >>"$root/etc/passwd"
	echo "$u:x:$n:" >>"$root/etc/group"
	n=$((n + 1))
done
: >"$root/etc/resolv.conf"
echo '127.0.0.1 localhost' >"$root/etc/hosts"

mkdir -p "$root/wirelink/build"
for p in $ours; do
	cp "$BUILD/$p" "$root/wirelink/build/$p"
	strip "$root/wirelink/build/$p"
done
cp -r --parents tests/e2e tests/vm privd/etc "$root/wirelink"
cp tests/vm/init.sh "$root/init"
chmod 755 "$root/init"
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) \
	>"$out.new"
mv "$out.new" "$out"
