#!/bin/sh
# simulator: hostile members
exec "${BUILD:-build}/sim" --hostile
