#!/usr/bin/env bash
# No two source files define a type of the same full name: the linker would take one of them for both.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/definitions.py" "$@"
