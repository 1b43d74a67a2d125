#!/usr/bin/env bash
# Who may start wirelinkd, and in which directory: on an interface that isn't
# there, so that it ends when all that is said.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_alone
# Whoever it is must be able to run it.
install -m 755 "$BUILD/wirelinkd" "$LAB_DIR"
run=$LAB_DIR/run

# says WHAT COMMAND...: it fails, and says so.
says() {
	local what=$1 out
	shift
	out=$("$@" 2>&1) && return 1
	case $out in *"$what"*) ;; *) echo "$out" && return 1 ;; esac
}
start() { "$@" "$LAB_DIR/wirelinkd" -d -i wlnobody -R "$run"; }
as() { setpriv --reuid "$1" --regid "$1" --clear-groups \
	"$LAB_DIR/wirelinkd" -d -i wlnobody -R "$run" "${@:2}"; }

check start-by-nobody says 'must be started by root' as _wirelinkr
check service-by-root says 'must not be started by root' \
	"$LAB_DIR/wirelinkd" -s -i wlnobody -R "$run"
check service-without-directory says 'No such file' as _wirelinkp -s

# Made, as tmpfiles.d would.
check start-makes-it says wlnobody start
check directory test "$(stat -c '%U %G %a' "$run")" = "root _wirelinkp 1775"
check empty test "$(stat -c '%U %G %a' "$run/empty")" = "root root 755"
check ledger test "$(stat -c '%U %G %a' "$run/wlnobody.ledger")" = \
	"_wirelinkp _wirelinkp 600"
check service-in-it says wlnobody as _wirelinkp -s
# Of an interface that isn't the kernel's WireGuard, where to look.
check service-elsewhere says 'see -s in wirelinkd(8)' \
	setpriv --inh-caps +net_admin --ambient-caps +net_admin \
	--reuid _wirelinkp --regid _wirelinkp --clear-groups \
	"$LAB_DIR/wirelinkd" -s -i lo -R "$run"
check start-in-it-again says wlnobody start
chmod 755 "$run"
chgrp root "$run"
check start-mends-it says wlnobody start
check directory-mended test "$(stat -c '%U %G %a' "$run")" = \
	"root _wirelinkp 1775"

# Somebody else's, or anybody's.
wrong() { check "directory-$1" says 'only root can write' start; }
chmod 1777 "$run"
wrong of-all
chmod 1775 "$run"
chgrp daemon "$run"
wrong of-another-group
chown _wirelinkp:_wirelinkp "$run"
wrong of-a-user
chown root "$run"
chgrp root "$run/empty"
chmod 775 "$run/empty"
wrong with-an-empty-one-that-is-not
rm -rf "$run"
mkdir "$LAB_DIR/there"
ln -s there "$run"
wrong that-is-a-link
finish
