#!/bin/sh
# Make .venv with everything the course needs; does nothing when it is up to date.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
stop() { printf '\n%s\n' "$*" >&2; exit 1; }

wanted=$(cat constraints.txt pyproject.toml tools/environment.sh | cksum)
if [ -f .venv/ready ] && [ "$(cat .venv/ready)" = "$wanted $(pwd)" ]; then
    exit 0
fi

python=""
for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
    [ -n "$name" ] || continue
    command -v "$name" >/dev/null 2>&1 || continue
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        >/dev/null 2>&1; then
        python=$name
        break
    fi
done
[ -n "$python" ] || stop "The course needs Python 3.11, 3.12 or 3.13, and none was found.
Install one (python.org, or: apt install python3 python3-venv), or name it: make learn PYTHON=/path/to/python3.11"

say "[1/4] Python: $("$python" --version) ($python)"
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    stop "This Python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv"
fi
"$python" -m venv .venv || stop "The virtual environment .venv could not be made. Delete .venv and try again."

install() {
    .venv/bin/python -m pip install --disable-pip-version-check -q -c constraints.txt "$@" ||
        stop "pip could not install the packages named above. Is there a network connection, and enough free disk (3 GB; 8 GB on Linux)?
Run the same command again to go on from here."
}

say "[2/4] PyTorch (the largest download)"
install pip
install torch
say "[3/4] Jupyter, nbgrader and the rest"
install -e '.[dev]'
say "[4/4] A first look"
.venv/bin/python -c 'import torch, minitransformer; print("      torch", torch.__version__)' ||
    stop "The packages are installed but do not import. Delete .venv and try again."
# JupyterLab asks about news otherwise.
mkdir -p .venv/etc/jupyter/labconfig
[ -f .venv/etc/jupyter/labconfig/page_config.json ] ||
    echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' \
        >.venv/etc/jupyter/labconfig/page_config.json
printf '%s' "$wanted $(pwd)" >.venv/ready
say "Ready."
