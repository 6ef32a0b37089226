"""Executes the notebook anew, and compares what it says with what is stored. `--store` stores it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

stored_in = Path(__file__).resolve().parents[3] / "examples/python/notebook.ipynb"


def executed(notebook: Any, python: str) -> Any:
    """By a kernel in the environment that has the package."""
    with tempfile.TemporaryDirectory() as folder:
        kernel = Path(folder, "kernels/package")
        kernel.mkdir(parents=True)
        command = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        Path(kernel, "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}))
        os.environ["JUPYTER_PATH"] = folder
        where = {"metadata": {"path": str(stored_in.parent)}}
        NotebookClient(notebook, kernel_name="package", timeout=120, resources=where, record_timing=False).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # There is the progress of what takes longer than a second on this machine.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return notebook


def facts(notebook: Any) -> list[Any]:
    """By cell: its source, and the texts that came of it."""
    return [
        (cell.source, [output.get("text", output.get("data", {}).get("text/plain")) for output in cell.get("outputs", [])])
        for cell in notebook.cells
    ]


def main() -> int:
    stored = nbformat.read(stored_in, as_version=4)
    before = facts(stored)
    now = executed(stored, sys.argv[1])
    nbformat.validate(now)
    if sys.argv[2:] == ["--store"]:
        nbformat.write(now, stored_in)
        return 0
    differing = [(old, new) for old, new in zip(before, facts(now), strict=True) if old != new]
    for (source, old), (_, new) in differing:
        print(f"{source}\nstored: {old}\nnow: {new}\n")
    told = [texts for _, texts in before if texts]
    if not told:
        print("nothing is stored in the notebook")
    return 0 if not differing and told else 1


if __name__ == "__main__":
    sys.exit(main())
