"""Where the cells of a notebook run: in this process, or on clusters that `--cluster` named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import Unreachable

if TYPE_CHECKING:
    from ._session import Session

LOCAL = "local"
"""What `--cluster` takes to come back to this process."""


class Places:
    """The sessions of a notebook by alias and URL, one of them current."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._aliases: dict[str, str] = {}
        self.current_name = LOCAL

    def session(self) -> Session:
        """Where the next cell runs."""
        from ._api import default_session

        # Asked for each time: a forked child has a default session of its own.
        return default_session() if self.current_name == LOCAL else self._sessions[self.current_name]

    def go(self, target: str, alias: str | None, names: Mapping[str, Any]) -> None:
        """Makes a session the current one; connects if it is new.

        Args:
            target: `local`, a URL, an alias, or a variable with a Session.
            alias: a name for it.
            names: the variables of the notebook.

        Raises:
            Unreachable: no cluster there, or a name that stands for none.
        """
        from ._api import connect
        from ._session import Session

        name = self._aliases.get(target, target)
        if name != LOCAL and isinstance(names.get(name), Session):
            self._sessions[name] = names[name]
        elif name != LOCAL and name not in self._sessions:
            if "://" not in name:
                known = ", ".join([LOCAL, *self._aliases, *self._sessions])
                raise Unreachable(
                    f"--cluster takes a URL such as hepframe://host:21050, an alias, a variable with a "
                    f"Session or `{LOCAL}`, not `{name}`; known: {known}"
                )
            self._sessions[name] = connect(name)
        if alias is not None:
            self._aliases[alias] = name
        self.current_name = name

    def told(self) -> str:
        """The sessions, one a line; `*` is where cells run."""
        short = {name: alias for alias, name in self._aliases.items()}
        lines = []
        for name in [LOCAL, *self._sessions]:
            mark = "*" if name == self.current_name else " "
            where = "in this process" if name == LOCAL else self._sessions[name].url or "in this process"
            called = ", ".join(word for word in (name, short.get(name)) if word)
            lines.append(f"{mark} {called}: {where}" if called != where else f"{mark} {where}")
        return "\n".join(lines)
