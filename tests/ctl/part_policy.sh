# shellcheck shell=bash disable=SC2154
# show policy: by whose right a peer has what it was lent.
row() { grep -qE "^$1 *\$" "$work/policy"; }
check policy eval 'ctl show policy >"$work/policy"'
check policy-home row '10\.7\.0\.0/24 +hub +home +- +-'
check policy-lent row '10\.7\.0\.2/32 +one.* lent +10\.7\.0\.0/24 +hub'
check policy-interface row '10\.9\.0\.3/32 +l.* lent +10\.0\.0\.0/8 +-'
check policy-configured row '10\.7\.0\.4/32 +phone +lent +10\.7\.0\.4/32 +phone'
# A table has a heading.
check policy-rows test 8 = "$(wc -l <"$work/policy")"
