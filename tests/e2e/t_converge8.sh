#!/usr/bin/env bash
# The same with eight nodes.
exec "$(dirname "$0")/t_converge.sh" 8
