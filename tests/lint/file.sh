#!/bin/sh
# file.sh FILE STAMP FLAGS...: leaves what each tool finds in FILE next to
# STAMP, in STAMP's name with the tool's instead of "ok"; empty: nothing. For
# check.sh, which tells it.
set -u
file=$1
stamp=$2
shift 2
out=${stamp%.ok}

# findings NAME COMMAND...: keeps what it says, if there is such a tool.
findings() {
	name=$1
	shift
	: >"$out.$name"
	command -v "$1" >/dev/null || return 0
	"$@" >"$out.$name" 2>&1
}

findings clang-format clang-format --dry-run -Werror "$file"
case $file in
*.h)
	touch "$stamp"
	exit 0
	;;
esac

# Without its looks at leaks: gcc 12 takes a list that was stored behind a
# pointer for lost. ASan and the simulator's churn look for leaks.
analyze="-O2 -fanalyzer -Wno-analyzer-malloc-leak"
case $file in
tests/*) analyze=-O0 ;;
esac
# shellcheck disable=SC2086
findings gcc gcc "$@" $analyze -Wall -Wextra -MMD -MP -MF "$out.d" \
	-MT "$stamp" -c -o /dev/null "$file"

# A fifth of the paths that the analyzer goes by itself: enough for functions
# as short as these, and a third of the time.
findings clang-tidy clang-tidy --quiet "$file" -- "$@" \
	-Xclang -analyzer-config -Xclang max-nodes=45000
grep -E '(warning|error): ' "$out.clang-tidy" >"$out.new"
mv "$out.new" "$out.clang-tidy"

# Tests ask for what must be refused, and throw it away; criterion's macros
# hide from cppcheck what is initialized.
lax=
case $file in
tests/*)
	lax="--suppress=leakReturnValNotUsed --suppress=invalidFunctionArg \
		--suppress=uninitvar" ;;
esac
# One thread, so what isn't reentrant is no harm; the rest of the rules is in
# the configuration.
# shellcheck disable=SC2086
findings cppcheck cppcheck -q --std=c11 --library=posix --inline-suppr \
	--enable=warning,performance,portability --library=tests/lint/cppcheck.cfg \
	--suppress=missingIncludeSystem --suppress=getpwnamCalled \
	--suppress=getgrnamCalled --suppress=readdirCalled \
	$lax -D_GNU_SOURCE -D__linux__ '-DWIRELINK_VERSION="0"' \
	'-DWIRELINK_LIBEXECDIR="/"' '-DWIRELINK_SYSCONFDIR="/"' \
	--template='{file}:{line}: {severity}: {message} [{id}]' \
	--template-location='' -I. "$file"
touch "$stamp"
