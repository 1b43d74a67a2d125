# shellcheck shell=bash
# Functions of run.sh and check.sh.

BUILD=${BUILD:-build}
OUT=$BUILD/fuzz/out # logs, profiles, crashing inputs
KEPT=$BUILD/fuzz/kept # inputs that reached something new, run after run

# Says what is missing to build the targets; nothing when all is there.
fuzz_missing() {
	command -v clang >/dev/null || {
		echo "clang is not installed"
		return
	}
	echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
		clang -fsanitize=fuzzer,address,undefined -fprofile-instr-generate \
			-x c -o /dev/null - 2>/dev/null ||
		echo "clang's runtime (libclang-rt-dev) is not installed"
}

fuzz_targets() {
	local f

	for f in tests/fuzz/fuzz_*.c; do
		f=${f##*/fuzz_}
		echo "${f%.c}"
	done
}

# fuzz_one NAME SECONDS: seeds and regressions, then what the fuzzer makes of
# them for so long. Its log is $OUT/NAME.log, its status is in
# $OUT/NAME.status.
fuzz_one() {
	local name=$1 seconds=$2 limit d options=() dirs=("$KEPT/$1")

	limit=-max_total_time=$seconds
	[ "$seconds" = 0 ] && limit=-runs=0
	[ -z "${FUZZ_SEED:-}" ] || options+=("-seed=$FUZZ_SEED")
	mkdir -p "$OUT" "$KEPT/$name"
	rm -f "$OUT/$name".*
	for d in "tests/fuzz/corpus/$name" "tests/fuzz/regressions/$name"; do
		[ -d "$d" ] && dirs+=("$d")
	done
	[ -f "tests/fuzz/$name.dict" ] &&
		options+=("-dict=tests/fuzz/$name.dict")
	# What the code logs of bad input is not for us: stderr is closed.
	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
		UBSAN_OPTIONS=print_stacktrace=1 \
		LLVM_PROFILE_FILE=$OUT/$name.profraw \
		"$BUILD/fuzz/fuzz_$name" "$limit" -timeout=10 \
		-rss_limit_mb=2048 -max_len="${MAX_LEN:-8192}" \
		-close_fd_mask=2 -print_final_stats=1 "${options[@]}" \
		-artifact_prefix="$OUT/$name.input-" "${dirs[@]}" \
		>"$OUT/$name.log" 2>&1
	echo $? >"$OUT/$name.status"
}

# fuzz_all SECONDS AT_A_TIME NAME...
fuzz_all() {
	local seconds=$1 most=$2 name

	shift 2
	for name; do
		while [ "$(jobs -rp | wc -l)" -ge "$most" ]; do
			wait -n
		done
		fuzz_one "$name" "$seconds" &
	done
	wait
}

fuzz_ok() {
	[ "$(cat "$OUT/$1.status" 2>/dev/null)" = 0 ]
}

# What is known of a failure, for people.
fuzz_failure() {
	grep -aE 'does not hold|runtime error|ERROR: |SUMMARY: ' "$OUT/$1.log"
	grep -aE '^ +#[0-9]+ ' "$OUT/$1.log" | grep -v 'fuzzer::' | head -n 12
	for f in "$OUT/$1".input-*; do
		[ -e "$f" ] && echo "the input: $f; again: LLVM_PROFILE_FILE=/dev/null $BUILD/fuzz/fuzz_$1 $f"
	done
	return 0
}

# The files whose coverage is shown for a target.
fuzz_covers() {
	sed -n '/^ \* Covers:/,/^ \*\//p' "tests/fuzz/fuzz_$1.c" |
		grep -oE '[a-z]+/[a-z_/]+\.c'
}

# The LLVM tool that fits the compiler.
fuzz_llvm() {
	local tool

	tool=$(clang -print-prog-name="$1")
	command -v "$tool"
}

# fuzz_cov NAME COMMAND: llvm-cov on a target's profile.
fuzz_cov() {
	[ -s "$OUT/$1.profraw" ] || return 1
	"$(fuzz_llvm llvm-profdata)" merge -sparse "$OUT/$1.profraw" \
		-o "$OUT/$1.profdata" &&
		"$(fuzz_llvm llvm-cov)" "$2" "$BUILD/fuzz/fuzz_$1" \
			-instr-profile="$OUT/$1.profdata" 2>/dev/null
}

fuzz_head() {
	printf '%-12s %12s %9s %9s %7s %7s\n' target executions /s "lines run" \
		of %
}

# One row: executions, of them a second, lines of the files it covers that
# were run, of how many, percent.
fuzz_row() {
	local runs rate lines

	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$OUT/$1.log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$OUT/$1.log")
	lines=$(fuzz_cov "$1" report | awk -v files="$(fuzz_covers "$1")" '
		BEGIN { split(files, f, "\n"); for (i in f) ours[f[i]] }
		$1 in ours { all += $8; missed += $9 }
		END { if (all > 0) printf "%9d %7d %6.1f%%", all - missed, all,
			(all - missed) * 100 / all }')
	printf '%-12s %12s %9s %s\n' "$1" "${runs:--}" "${rate:--}" \
		"${lines:-        -       -       -}"
}

# Lines that no input has reached, file by file.
fuzz_lines() {
	fuzz_cov "$1" show | awk -v name="$1" -v files="$(fuzz_covers "$1")" '
		BEGIN { split(files, f, "\n"); for (i in f) ours[f[i]] }
		/^[^ ].*\.c:$/ { file = $0; sub(/:$/, "", file)
			sub(/^.*\/\.\//, "", file); sub(/^\.\//, "", file) }
		file in ours && /^ +[0-9]+\| +0\|/ { split($0, c, "|")
			sub(/^ +/, "", c[1]); sub(/^[^|]*\|[^|]*\|/, "")
			print name ": " file ":" c[1] ":" $0 }'
}
