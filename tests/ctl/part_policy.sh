# shellcheck shell=bash disable=SC2154
# show policy: what bounds it, and by whose right a peer has what it was lent.
row() { grep -qE "^$1 *\$" "$work/policy"; }
check policy eval 'ctl show policy >"$work/policy"'
check policy-membership row 'Membership: routers'
check policy-max row 'MaxPeers: 20; 5 on the device, 2 of them added'
check policy-allowed row 'AllowedPrefixes: 10\.0\.0\.0/8, fd07::/32'
check policy-home row '10\.7\.0\.0/24 +hub +home +- +-'
check policy-lent row '10\.7\.0\.2/32 +one.* lent +10\.7\.0\.0/24 +hub'
check policy-interface row '10\.9\.0\.3/32 +l.* lent +10\.0\.0\.0/8 +-'
check policy-configured row '10\.7\.0\.4/32 +phone +lent +10\.7\.0\.4/32 +phone'
# The bounds, and a table with its heading.
check policy-rows test 11 = "$(wc -l <"$work/policy")"
check policy-unset eval 'ctl show policy >"$work/policy"'
check policy-none row 'Membership: none; no peer is added'
check policy-max-alone row 'MaxPeers: 256'
check policy-all row 'AllowedPrefixes: not set; 0\.0\.0\.0/0 and ::/0 open .*'
check policy-many eval 'ctl show policy >"$work/policy"'
check policy-max-many row 'MaxPeers: 4096; at least 1024 on the device, .*'
