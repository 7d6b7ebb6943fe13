"""What of this machine's files the sandbox shows: folders, and what is hidden in them.

Shown are the system, the environment's Python, ``minitransformer`` and ``autograder.inside``. In
these, whatever they hold, the packages of ours that know solutions, the exercises of an
instructor's own and the course that is graded are hidden.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

OURS = ("solutions", "autograder", "minitransformer")
SYSTEM = ("bin", "sbin", "lib", "lib64", "lib32")
INSIDE = Path("/inside")

HIDDEN: set[Path] = set()
"""The folders that ``hide`` was told of."""


def hide(folder: Path) -> None:
    """Let no sandbox started from now on show ``folder``, such as the course that is graded."""
    HIDDEN.add(folder.resolve())


def mounts() -> list[str]:
    """Return bubblewrap's arguments that show and hide; the root is still writable after them."""
    views = _views()
    hidden = {place for folder in _hidden() for place in _places(folder, views)}
    layers = _layers(views.keys(), hidden - {INSIDE / "minitransformer"})
    words = _readable(p for p, shown in layers.items() if shown)
    for place, shown in layers.items():
        if shown:
            words += _readable_inside(place, layers)
            words += ["--ro-bind", str(views[place]), str(place)]
        else:
            words += ["--tmpfs", str(place)]
    for place in (place for place, shown in layers.items() if not shown):
        words += ["--remount-ro", str(place)]
    return words + _links()


def _views() -> dict[Path, Path]:
    """Return {where in the sandbox: what of this machine is shown there}."""
    wanted = {Path("/usr")} | {Path("/") / name for name in SYSTEM}
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix}:
        wanted |= {Path(prefix) / name for name in ("bin", "lib", "lib64", "pyvenv.cfg")}
    wanted |= {Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")}
    links = {Path("/") / name for name in SYSTEM if (Path("/") / name).is_symlink()}
    found = {path.absolute() for path in wanted - links if path.exists()}
    package = Path(__file__).absolute().parent.parent
    ours = {
        "minitransformer": package.parent / "minitransformer",
        "autograder/__init__.py": package / "__init__.py",
        "autograder/inside": package / "inside",
    }
    return {path: path for path in found} | {INSIDE / name: path for name, path in ours.items()}


def _links() -> list[str]:
    """Make the links that many systems have in place of ``/bin`` and the like."""
    places = [Path("/") / name for name in SYSTEM]
    links = [(os.readlink(place), str(place)) for place in places if place.is_symlink()]
    return [word for target, place in links for word in ("--symlink", target, place)]


def _hidden() -> Iterator[Path]:
    """Give what must not be seen: packages of ours, own exercises, and what ``hide`` was told."""
    for entry in filter(None, sys.path):
        yield from (path for name in OURS if (path := Path(entry) / name).is_dir())
    yield from _own_exercises()
    yield from HIDDEN


def _own_exercises() -> list[Path]:
    """Return the folders of own exercises that are known; early, nobody has looked for any yet."""
    lessons = sys.modules.get("minitransformer.lessons")
    if lessons is None:  # to import it would import torch: see judge/early.py
        return []
    return [lesson.folder for lesson in lessons.OWN_LESSONS if lesson.folder is not None]


def _places(folder: Path, views: dict[Path, Path]) -> Iterator[Path]:
    """Give every place in the sandbox at which ``folder`` would be seen, links followed."""
    for place, source in views.items():
        outer, inner = source.resolve(), folder.resolve()
        if inner.is_relative_to(outer):
            yield place / inner.relative_to(outer)


def _layers(shown: Iterable[Path], hidden: set[Path]) -> dict[Path, bool]:
    """Return where something is shown (True) or hidden that was not so before, outer ones first."""
    layers: dict[Path, bool] = {}
    for place in sorted({*shown, *hidden}):
        is_shown = place not in hidden
        if is_shown != layers.get(_nearest(place, layers), False):
            layers[place] = is_shown
    return layers


def _nearest(place: Path, layers: dict[Path, bool]) -> Path:
    """Return the folder of ``layers`` in which a place lies, or the root."""
    return next((parent for parent in place.parents if parent in layers), Path("/"))


def _readable(places: Iterable[Path]) -> list[str]:
    """Make the folders above the shown ones readable by nobody; root's bubblewrap would not."""
    if os.getuid() != 0:
        return []
    parents = {parent for place in places for parent in place.parents} - {Path("/")}
    return [w for parent in sorted(parents) for w in ("--perms", "0755", "--dir", str(parent))]


def _readable_inside(place: Path, layers: dict[Path, bool]) -> list[str]:
    """Make the folders between a hidden one and what is shown in it."""
    outer = _nearest(place, layers)
    if outer == Path("/"):
        return []
    between = [p for p in reversed(place.parents) if p != outer and p.is_relative_to(outer)]
    return [w for parent in between for w in ("--perms", "0755", "--dir", str(parent))]
