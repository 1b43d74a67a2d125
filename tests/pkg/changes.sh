#!/bin/sh
# changes.sh version|date|debian: of docs/CHANGELOG.md the newest version, its
# date in seconds since 1970, or all of it in Debian's form, by MAINTAINER.
set -eu
file=${0%/*}/../../docs/CHANGELOG.md

case $1 in
version) sed -n 's/^## \([^ ]*\) (.*)$/\1/p' "$file" | head -n 1 ;;
date) date -u +%s -d "$(sed -n 's/^## .* (\(.*\))$/\1/p' "$file" |
	head -n 1)" ;;
debian) sed -n '/^## /,$p' "$file" | while IFS= read -r line; do
		case $line in
		"## "*)
			[ -z "${version:-}" ] || printf '\n -- %s  %s\n\n' \
				"$MAINTAINER" "$date"
			version=${line#"## "}
			date=$(date -u -R -d "$(echo "$version" |
				sed 's/.*(\(.*\)).*/\1/')")
			version=${version%% *}
			printf 'wirelink (%s) unstable; urgency=medium\n\n' \
				"$version"
			;;
		"- "*) printf '  * %s\n' "${line#"- "}" ;;
		"  "*) printf '  %s\n' "$line" ;;
		"") ;;
		*) echo "$0: not understood: $line" >&2; exit 1 ;;
		esac
	done
	# The loop had a shell of its own.
	printf '\n -- %s  %s\n' "$MAINTAINER" "$(date -u -R -d \
		"$(sed -n 's/^## .* (\(.*\))$/\1/p' "$file" | tail -n 1)")"
	;;
*) echo "usage: $0 version|date|debian" >&2; exit 1 ;;
esac
