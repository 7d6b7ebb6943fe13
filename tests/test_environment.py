"""One set of versions: pyproject's ranges, constraints.txt and environment.yml agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent


def _pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _wanted():
    project = _pyproject()
    return [
        Requirement(text)
        for text in project["dependencies"] + project["optional-dependencies"]["dev"]
    ]


def _pins(lines):
    pairs = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {name.strip().lower(): version.strip() for name, version in pairs}


def _constraints():
    return _pins((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())


def _environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_every_package_is_pinned_within_its_range():
    pins = _constraints()
    for requirement in _wanted():
        assert Version(pins[requirement.name.lower()]) in requirement.specifier, requirement


def test_environment_yml_pins_the_same_packages_at_the_same_versions():
    lines = next(d["pip"] for d in _environment()["dependencies"] if isinstance(d, dict))
    pins, constraints = _pins(lines), _constraints()
    assert set(pins) == {requirement.name.lower() for requirement in _wanted()}
    assert pins == {name: constraints[name] for name in pins}


def test_environment_yml_installs_the_course_with_a_supported_python():
    dependencies = _environment()["dependencies"]
    python = next(d for d in dependencies if isinstance(d, str) and d.startswith("python="))
    assert (
        Version(python.removeprefix("python="))
        in Requirement(f"x{_pyproject()['requires-python']}").specifier
    )
    assert "-e ." in next(d["pip"] for d in dependencies if isinstance(d, dict))


def test_the_extras_of_the_readme_exist():
    assert {"compare", "cluster", "dev"} <= set(_pyproject()["optional-dependencies"])


def test_the_readme_names_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^make learn", readme, re.M) and re.search(r"^make test", readme, re.M)
