#!/usr/bin/env bash
# Every message that a user can cause is in a test with its text; messages.py says what counts. Usage: messages.sh [ROOT]
set -euo pipefail
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/messages.py" "$@"
