"""loky's and joblib's own tests, plain and traced: `python -m tests.suites loky|joblib FOLDER [words]`.

It prints how many passed, failed and were skipped in each, and every test whose outcome differs. The tests of
the installed version are run: loky's come with its source distribution, which pip fetches, joblib's in its
wheel. The runs' folders, junit files and output stay in FOLDER.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parents[1]
CORE = {
    "loky": ["test_reusable_executor.py", "test_process_executor_loky.py", "test_worker_timeout.py"],
    "joblib": ["test_parallel.py", "test_memmapping.py"],
}
OPTIONS = {"loky": ["--loky-verbosity=50", "--skip-high-memory"], "joblib": []}


def tests_of(library: str, folder: Path) -> Path:
    """Put the tests of the installed version into `folder`; return where they are."""
    version = importlib.metadata.version(library)
    if library == "joblib":
        spec = importlib.util.find_spec("joblib.test")
        assert spec is not None
        assert spec.origin is not None
        return Path(spec.origin).parent
    target = folder / "tests"
    if not target.exists():
        words = ["download", "-q", "--no-binary", ":all:", "--no-deps", "--no-build-isolation"]
        subprocess.run(
            [sys.executable, "-m", "pip", *words, "-d", folder, f"{library}=={version}"], check=True
        )
        with tarfile.open(folder / f"{library}-{version}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        shutil.move(folder / f"{library}-{version}" / "tests", target)
    return target


def outcomes(path: Path) -> dict[str, str]:
    """Return what became of each test in a junit file."""
    found = {}
    for case in ElementTree.parse(path).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found[f"{case.get('classname')}.{case.get('name')}"] = kinds[0] if kinds else "passed"
    return found


def run(library: str, tests: Path, folder: Path, words: list[str], traced: bool) -> dict[str, str]:
    """Run the tests; return what became of each."""
    name = "traced" if traced else "plain"
    junit, out = folder / f"{name}.xml", folder / name
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={junit}", *OPTIONS[library]]
    if traced:
        command = ["-m", "tracer", "run", "--quiet", "--out", str(out), *command]
    files = [word for word in words if ".py" in word] or CORE[library]
    rest = [word for word in words if ".py" not in word]
    with open(folder / f"{name}.txt", "w") as text:
        subprocess.run(
            [sys.executable, *command, *(str(tests / file) for file in files), *rest],
            cwd=folder,
            stdout=text,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
    return outcomes(junit)


def main() -> None:
    """Run both, and compare."""
    library, folder, *words = sys.argv[1:]
    place = Path(folder).resolve()
    place.mkdir(parents=True, exist_ok=True)
    tests = tests_of(library, place)
    plain, traced = (run(library, tests, place, words, traced) for traced in (False, True))
    print("plain ", dict(Counter(plain.values())))
    print("traced", dict(Counter(traced.values())))
    for test in sorted(plain.keys() | traced.keys()):
        if plain.get(test) != traced.get(test):
            print(f"{test}: plain {plain.get(test)}, traced {traced.get(test)}")


if __name__ == "__main__":
    main()
