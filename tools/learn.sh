#!/bin/sh
# Open JupyterLab on the first lesson, or on NOTEBOOK; arguments go to JupyterLab.
set -eu
cd "$(dirname "$0")/.."
root=""
[ "$(id -u)" != 0 ] || root="--allow-root"
# shellcheck disable=SC2086
exec .venv/bin/python -m jupyterlab $root \
    --ServerApp.root_dir=. \
    --LabApp.default_url=/lab/tree/"notebooks/${NOTEBOOK:-00_softmax}.ipynb" \
    "$@"
