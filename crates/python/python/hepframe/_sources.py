"""What `read` takes: files, globs, files with their trees, filesets of datasets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .errors import InvalidQuery

Path: TypeAlias = "str | os.PathLike[str]"
Files: TypeAlias = "Path | Sequence[Path] | Mapping[str, Any]"
"""One file, several, `{"a.root": "Events"}`, or a fileset `{"ttbar": {"files": ..., "metadata": ...}}`."""


@dataclass(frozen=True)
class Dataset:
    """Files that belong together."""

    locations: list[str]
    """As the engine takes them: `file.root:tree`."""
    name: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, bool | int | float | str]:
        """What becomes columns: the name, and of the metadata what is one value."""
        if self.name is None:
            return {}
        simple = {
            name: value for name, value in self.metadata.items() if isinstance(value, (bool, int, float, str))
        }
        return {"dataset": self.name, **simple}


def datasets(files: Files, tree: str | None) -> list[Dataset]:
    """The datasets that the files are; without a fileset, one without a name.

    Raises:
        InvalidQuery: for what names no files.
    """
    if not isinstance(files, Mapping):
        return [Dataset(_locations(files, tree))]
    if not files:
        raise InvalidQuery("no files are named")
    if all(_is_tree(value) for value in files.values()):
        return [Dataset(_locations(files, tree))]
    return [_dataset(str(name), value, tree) for name, value in files.items()]


def _is_tree(value: object) -> bool:
    return value is None or isinstance(value, str) or (isinstance(value, Mapping) and "object_path" in value)


def _dataset(name: str, value: Any, tree: str | None) -> Dataset:
    if isinstance(value, Mapping) and "files" in value:
        metadata = dict(value.get("metadata") or {})
        return Dataset(_locations(value["files"], tree), name, metadata)
    return Dataset(_locations(value, tree), name)


def _locations(files: Any, tree: str | None) -> list[str]:
    if tree is not None and not isinstance(tree, str):
        raise InvalidQuery(f"a tree is named by text, not by {tree!r}")
    if isinstance(files, (str, bytes, os.PathLike)):
        return [_location(files, tree)]
    if isinstance(files, Mapping):
        found = [_location(path, _tree_of(path, value) or tree) for path, value in files.items()]
    elif isinstance(files, Iterable):
        found = [_location(path, tree) for path in files]
    else:
        raise InvalidQuery(f"files are named by text or paths, not by {files!r}")
    if not found:
        raise InvalidQuery("no files are named")
    return found


def _tree_of(path: object, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    steps, entries = value.get("steps"), value.get("num_entries")
    covered = steps is None or (entries is not None and sum(stop - start for start, stop in steps) == entries)
    if not covered:
        raise InvalidQuery(
            f"{path}: the `steps` of this fileset are a part of the file; hepframe reads whole files and "
            "shares them out itself. Leave `steps` out, and use limit() or sample() for a part"
        )
    return value["object_path"]


def _location(path: object, tree: str | None) -> str:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise InvalidQuery(f"a file is named by text or a path, not by {path!r}")
    text = os.fspath(path)
    if not isinstance(text, str):
        raise InvalidQuery(f"a file is named by text, not by bytes: {path!r}")
    if not text:
        raise InvalidQuery("no file is named: the text is empty")
    text = os.path.expanduser(text)  # noqa: PTH111 (a glob or a URL is no path)
    return f"{text}:{tree}" if tree else text
