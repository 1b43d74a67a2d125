# shellcheck shell=bash
# What a check.sh counts and says. It has a directory $work, which it makes
# and removes itself.
work=
passed=0 failed=0 skipped=0

# check NAME COMMAND...
check() {
	local name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name: $* (status $?)"
		tail -n 10 "$work/out" | sed 's/^/  # /'
		failed=$((failed + 1))
	fi
}
skip() {
	echo "skip $*"
	skipped=$((skipped + 1))
}
# end KIND: the line that tests/run.sh reads.
end() {
	echo "$1: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}
