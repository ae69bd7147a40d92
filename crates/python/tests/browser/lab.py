"""A JupyterLab for one test, and a notebook in it as a user sees it."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 90
"""Seconds until something that must come is given up; a cold JupyterLab takes half of it."""
# A star while a cell runs, a number when it is done.
_DONE = re.compile(r"\[\d+\]")
_SETTINGS = {
    # Cells outside of the window would not be in the page.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}


def until(look, what, seconds=PATIENCE):
    """Looks again until something is there; returns it."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds} s")
        time.sleep(0.1)


class Server:
    """A running JupyterLab."""

    def __init__(self, url, token):
        self.url = url
        self.token = token

    def api(self, path):
        """What its REST interface says; None as long as it does not answer."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}", headers={"Authorization": f"token {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def kernel_state(self):
        """`idle`, `busy`, ...; None without a kernel that a page is connected to."""
        sessions = self.api("sessions")
        kernel = sessions[0]["kernel"] if sessions else None
        return kernel["execution_state"] if kernel and kernel["connections"] > 0 else None


@contextmanager
def jupyterlab(folder, package):
    """Starts a JupyterLab in a folder, whose kernels find the package.

    Args:
        folder: where notebooks are.
        package: what goes on PYTHONPATH, behind what is there.
    """
    settings = folder / "settings"
    for name, values in _SETTINGS.items():
        place = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", secrets.token_hex())
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.port={port}"),
        *(
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.allow_root=True",
            f"--IdentityProvider.token={server.token}",
        ),
        *(f"--ServerApp.root_dir={folder}", f"--LabApp.user_settings_dir={settings}"),
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
    ]
    paths = [os.environ.get("PYTHONPATH", ""), str(package)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    log = folder / "jupyterlab.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, cwd=folder
        )
    try:
        until(lambda: server.api("status") or process.poll() is not None, "JupyterLab")
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Notebook:
    """A notebook in a page; cells are counted from 0."""

    def __init__(self, page, server, name):
        self.page = page
        self.server = server
        page.goto(f"{server.url}/lab/tree/{name}?token={server.token}&reset")
        self.cell(0).wait_for(timeout=1000 * PATIENCE)
        # The page draws its cells before it has a kernel, and loses what is run before that.
        self.wait_idle()

    def cell(self, place):
        """A cell of code."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(place)

    def output(self, place):
        """What is below a cell."""
        return self.cell(place).locator(".jp-Cell-outputArea")

    def start(self, place):
        """Runs a cell as a user does, and does not wait."""
        self.cell(place).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def run(self, place):
        """Runs a cell to its end; gives what is below it."""
        self.start(place)
        self.wait_done(place)
        return self.output(place)

    def wait_done(self, place):
        """Until a cell has ended."""
        self.cell(place).locator(".jp-InputPrompt").get_by_text(_DONE).wait_for(timeout=1000 * PATIENCE)
        self.wait_idle()

    def wait_idle(self):
        """Until the kernel has nothing to do; the server knows, the page only thinks so."""
        until(lambda: self.server.kernel_state() == "idle", "an idle kernel")


def write_notebook(path: Path, cells: list[str]) -> None:
    """A notebook of these cells of code."""
    document = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{place}",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for place, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document))
