"""Runs `lockstep` as a child: its result is what it prints, its progress and warnings are shown, its error is raised."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from lockstep_features.errors import CommandError

_diagnostic = re.compile(r"^\S+:\d+:\d+: (?:error|warning|note)\[([\w-]+)\]: ", re.MULTILINE)


def default_command() -> list[str]:
    """`lockstep`, or the one of the folder's node_modules. Nothing is ever downloaded."""
    found = shutil.which("lockstep")
    return [found] if found is not None else [shutil.which("npx") or "npx", "--no", "lockstep"]


def run(
    command: Sequence[str], arguments: Sequence[str], folder: Path | None, progress: bool | None, shown_as: Mapping[str, str]
) -> str:
    """What it printed. `progress`: None shows it where a person looks. `shown_as`: what texts are called in what is said."""
    environment = dict(os.environ)
    if _is_watched() if progress is None else progress:
        environment["LOCKSTEP_PROGRESS"] = "always"
    with TemporaryFile() as printed:
        try:
            child = subprocess.Popen(
                [*command, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise CommandError(
                f"{command[0]} cannot be run: {error.strerror}", "command=[...] says how lockstep is run here", 127
            ) from error
        try:
            assert child.stderr is not None
            failure = _pass_on(child.stderr, shown_as)
            code = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
        if code != 0:
            raise _error(failure, code)
        printed.seek(0)
        return printed.read().decode("utf-8")


def _is_watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _pass_on(stream: IO[bytes], shown_as: Mapping[str, str]) -> str:
    """Shows what comes as it comes, up to what tells of a failure: that is given back, to be raised."""
    failure: list[str] = []
    # A progress bar begins and ends with \r, and is no line.
    with TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="") as lines:
        for line in lines:
            for text, name in shown_as.items():
                line = line.replace(text, name)
            if failure or line.startswith("error: ") or _diagnostic.match(line):
                failure.append(line)
            else:
                sys.stderr.write(line)
                sys.stderr.flush()
    return "".join(failure)


def _error(said: str, code: int) -> CommandError:
    found = re.search(r"^error: (.*?)(?:\nhint: (.*))?\Z", said.rstrip(), re.DOTALL | re.MULTILINE)
    if found is None:
        return CommandError(said.strip() or f"lockstep ended with {code}", None, code)
    diagnostics = said[: found.start()].strip()
    return CommandError(found[1], found[2], code, _diagnostic.findall(diagnostics), diagnostics)
