#!/usr/bin/env bash
# page.sh BUILD PAGE: the page with what stands between each pair of markers
# "<!-- PROCESS -->" and "<!-- end -->" made anew.
set -eu
cd "$(dirname "$0")/../.."
. tests/audit/lib.sh
build=$1 page=$2

words() { sed 's/.*/`&`/' | tr '\n' ' ' | sed 's/ $//'; }

lines() {
	echo "| file | lines linked | of |"
	echo "| --- | ---: | ---: |"
	counted "$build" "$1" | awk '{ printf "| %s | %s | %s |\n", $1, $2, $3 }'
	echo "| **all** | **$(counted "$build" "$1" | sum 2)** | $(counted "$build" "$1" | sum 3) |"
	echo
	echo "Besides, $(headers "$build" "$1" | sum 2) lines of headers."
}

process() {
	lines "$1"
	echo
	echo "Libraries: $(libraries "$build" "$1" | words)."
	echo
	echo "Functions imported: $(imports "$build" "$1" | words)."
	echo
	"$build/tables" calls "$1"
	echo
	"$build/tables" messages "$1"
}

while IFS= read -r line; do
	case $line in
	"<!-- end -->") skip= ;;
	esac
	[ -n "${skip:-}" ] || printf '%s\n' "$line"
	case $line in
	"<!-- privd -->" | "<!-- netd -->" | "<!-- resolver -->" | "<!-- wirelinkctl -->")
		skip=1 name=${line#<!-- }
		process "${name% -->}" ;;
	"<!-- rules -->")
		skip=1
		"$build/tables" rules ;;
	"<!-- budgets -->")
		skip=1
		. tests/audit/budgets
		n=$(counted "$build" privd | sum 2)
		echo "| | budget | now |"
		echo "| --- | ---: | ---: |"
		echo "| lines of code of wirelinkd | $lines_budget | $n$([ "$n" -le "$lines_budget" ] || echo ", **missed**") |"
		echo "| system calls of privd | $privd_calls | $("$build/tables" calls privd | sed -n '1s/ .*//p') |"
		echo "| system calls of netd | $netd_calls | $("$build/tables" calls netd | sed -n '1s/ .*//p') |" ;;
	esac
done <"$page"
