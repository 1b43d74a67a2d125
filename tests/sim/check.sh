#!/bin/sh
# simulator: hostile members
# In a network with one router, and in one with two.
exec "${BUILD:-build}/sim" --hostile --seed 5 --seeds 2
