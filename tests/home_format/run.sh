#!/usr/bin/env bash
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run_home_format.py" "$@"
