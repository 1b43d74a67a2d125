#!/usr/bin/env bash
# mutants.sh [NAME...]: plants each bug of tests/hostile/mutants in a copy of
# the tree, builds the hostile test there, and demands that it finds it.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
most=${MESSAGES:-1000000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP

# What is built already serves again: only what a patch touches is compiled.
cp -a Makefile common proto privd netd tests "$dir" || exit 1
mkdir -p "$dir/build"
for part in flags.mk common proto privd tests/hostile; do
	mkdir -p "$dir/build/$(dirname "$part")"
	cp -a "$BUILD/$part" "$dir/build/$part" || exit 1
done

# try PATCH: one line of what came of it.
try() {
	local name files seed out
	name=$(basename "$1" .patch)
	if ! (cd "$dir" && patch -s -F0 -p0) <"$1" >"$dir/log" 2>&1; then
		echo "not ok $name: does not apply"
		return 1
	fi
	files=$(sed -n 's/^+++ //p' "$1")
	if ! (cd "$dir" && env -u MAKEFLAGS -u MFLAGS make -s -j2 BUILD=build \
		build/hostile) >"$dir/log" 2>&1; then
		echo "not ok $name: does not build"
		tail -n 5 "$dir/log"
		out=1
	else
		out=1
		for seed in 1 2 3; do
			"$dir/build/hostile" --seed "$seed" \
				--messages $((most / 3)) >"$dir/log" 2>&1
			[ $? = 1 ] && out=0 && break
		done
		if [ "$out" = 0 ]; then
			echo "found  $name: $(head -n 1 "$dir/log" | cut -c1-90)"
		else
			echo "not ok $name: not found"
		fi
	fi
	for f in $files; do
		# With a date of now, so that it is compiled again.
		cat "$f" >"$dir/$f"
	done
	return "$out"
}

[ $# = 0 ] && set -- tests/hostile/mutants/*.patch
passed=0 failed=0
for patch in "$@"; do
	[ -e "$patch" ] || patch=tests/hostile/mutants/$patch.patch
	if try "$patch"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "mutants: $passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
