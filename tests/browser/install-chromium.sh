#!/bin/sh
# A Chromium for the browser tests: an installed one, else Debian's package, else playwright's own.
set -u
for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Debian's chromium-headless-shell for the browser tests ..."
    apt-get update -qq && for package in chromium-headless-shell chromium; do
        apt-get install -y -qq --no-install-recommends "$package" fonts-dejavu-core >/dev/null && exit 0
    done
fi
echo "Fetching playwright's chromium for the browser tests ..."
"$VENV_BIN/playwright" install chromium >/dev/null 2>&1 && exit 0
echo "No Chromium could be installed: the browser tests will fail. Install one (Debian: apt-get install chromium-headless-shell)." >&2
exit 0
