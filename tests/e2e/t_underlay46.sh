#!/usr/bin/env bash
# IPv4 and IPv6 under the tunnel.
exec "$(dirname "$0")/t_underlay.sh" 46
