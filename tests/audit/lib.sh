# shellcheck shell=bash
# What the audit takes out of its build. Names of processes and of programs.
program() {
	case $1 in
	privd) echo wirelinkd ;;
	netd) echo wirelink-netd ;;
	resolver) echo wirelink-resolver ;;
	*) echo "$1" ;;
	esac
}

# counted BUILD PROCESS: "FILE LINES OF" for each file of which the program
# has anything: lines of functions that the linker kept and of what is
# outside functions, and how many the file has.
counted() {
	local file
	awk -v build="$1" -f tests/audit/kept.awk "$1/$(program "$2").map" |
		sort -u | awk '{ kept[$1] = kept[$1] " " $2 }
		END { for (f in kept) print f kept[f] }' | sort |
		while read -r file kept; do
			awk -f tests/audit/lines.awk "$file" |
				awk -v file="$file" -v kept=" $kept " '
				{ all += $2 }
				index(kept, " " $1 " ") { linked += $2 }
				END { print file, linked, all }'
		done
}

# headers BUILD PROCESS: those of our headers that its files include, as
# "FILE LINES".
headers() {
	local file
	counted "$1" "$2" | while read -r file _; do
		cat "$1/${file%.c}.d"
	done | tr -s ' \\' '\n' | grep -E '^(common|proto|privd|netd)/.*\.h$' |
		sort -u | while read -r file; do
			awk -f tests/audit/lines.awk "$file" |
				awk -v file="$file" '{ n += $2 }
				END { print file, n }'
		done
}

sum() { awk -v column="$1" '{ n += $column } END { print n + 0 }'; }

# Functions that a program takes from shared libraries, without versions and
# without what the compiler itself calls.
imports() {
	readelf --dyn-syms -W "$1/$(program "$2")" |
		awk '$7 == "UND" && $4 != "OBJECT" { print $8 }' |
		sed 's/@.*//; s/^__isoc[0-9]*_//; /^_/d' | LC_ALL=C sort -u
}

libraries() {
	readelf -dW "$1/$(program "$2")" |
		sed -n 's/.*NEEDED.*\[lib\(.*\)\.so.*\]/\1/p' | LC_ALL=C sort -u
}
