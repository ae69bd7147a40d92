"""hepframe: ROOT files as dataframes; read once, analyse many times.

Example:
    >>> import hepframe as hf
    >>> events = hf.read("events.root:Events")
    >>> dimuons = events.filter("nMuon = 2").define("mass", "(Muon[0] + Muon[1]).mass")
    >>> _ = dimuons.h1("mass", bins=60, range=(60, 120), label="mass [GeV]").plot()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors, functions
from ._api import connect, default_session, from_arrow, read, sql, write_demo
from ._booked import Booked, BookedHistogram, Cut, Report, run
from ._expr import Expr, col, expr, lit
from ._frame import DataFrame
from ._group import GroupBy
from ._native import version as __version__
from ._progress import set_progress
from ._session import Session
from ._udf import udf
from .errors import HepframeError, HepframeWarning
from .functions import *  # noqa: F403 (those that hide nothing of Python's)

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

fn = functions

__all__ = [
    "Booked",
    "BookedHistogram",
    "Cut",
    "DataFrame",
    "Expr",
    "GroupBy",
    "HepframeError",
    "HepframeWarning",
    "Report",
    "Session",
    "__version__",
    "col",
    "connect",
    "default_session",
    "errors",
    "expr",
    "fn",
    "from_arrow",
    "functions",
    "lit",
    "read",
    "run",
    "set_progress",
    "sql",
    "udf",
    "write_demo",
]
__all__ += functions.__all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext hepframe`: the magics `%%hep` and `%hep`."""
    from .magics import load_ipython_extension

    load_ipython_extension(shell)
