#!/bin/sh
# Open JupyterLab on the first lesson; arguments go to JupyterLab.
set -eu
cd "$(dirname "$0")/.."
root=""
[ "$(id -u)" != 0 ] || root="--allow-root"
# shellcheck disable=SC2086
exec .venv/bin/python -m jupyterlab $root \
    --LabApp.news_url= \
    --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
    --ServerApp.root_dir=. \
    "$@" notebooks/00_softmax.ipynb
