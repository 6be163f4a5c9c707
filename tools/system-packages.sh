#!/bin/sh
# What tests use beside Python: a browser, GDAL's tools, QGIS, a font with Chinese letters.
# On Debian and as root, what is missing is installed. Elsewhere it is named; tests that need it then say so and skip.
set -eu

missing=""
need() { # program or file, package
    if ! command -v "$1" >/dev/null 2>&1 && ! [ -e "$1" ]; then missing="$missing $2"; fi
}
need chromium chromium
need ogrinfo gdal-bin
need /usr/lib/python3/dist-packages/qgis/core/__init__.py python3-qgis
need /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk

[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "not installed, tests that need them are skipped:$missing" >&2
fi
