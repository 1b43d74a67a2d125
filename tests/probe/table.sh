#!/usr/bin/env bash
# Writes docs/sandbox-probe.md from what the probes see on this host.
set -eu
cd "$(dirname "$0")/../.."
. tests/e2e/lib.sh
. tests/probe/lib.sh
set +e

page=docs/sandbox-probe.md
export PROBE_TABLE=1
probe_all
for name in $PROBES; do
	[ "${PROBE_STATUS[$name]}" -le 1 ] || {
		cat "$LAB_DIR/$name.err" >&2
		exit 1
	}
done
{
	cat tests/probe/page.md
	printf '\nSeen on Linux %s, %s.\n' "$(uname -r | cut -d. -f1-2)" "$(uname -m)"
	for name in $PROBES; do
		case $name in
		privd) title="privd, with the kernel's WireGuard" ;;
		privd-uapi) title="privd, with WireGuard in a program" ;;
		*) title=$name ;;
		esac
		printf '\n## %s\n\n| descriptor | what it is |\n| --- | --- |\n' "$title"
		sed "s|$LAB_DIR/[a-z-]*/[^ ]*\.ledger|the ledger|
			s#| $LAB_DIR |#| the configuration's directory, as a path only |#
			s|/dev/pts/[0-9]*|a terminal|; s|pipe:|a pipe|" \
			"$LAB_DIR/$name.out"
	done
} >"$page.new"
mv "$page.new" "$page"
exit 0
