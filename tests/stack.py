"""`bot run` itself — Rasa, the actions, the gateway — on the trained model and the sample stock.

Started once for all tests that need it: Rasa takes ten seconds and much memory.
"""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT

START_TIMEOUT = 300  # seconds; training comes first when the model is older than the data
# Of the dealership, where it is noon: all departments work but this one.
COMES_IN_THE_EVENING = "trade_in"


@dataclass(frozen=True)
class Stack:
    url: str
    database_url: str
    rasa_url: str
    rasa_database_url: str
    dealer_file: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with opened_stack(tmp_path_factory.mktemp("stack")) as opened:
        yield opened


@contextmanager
def opened_stack(folder: Path) -> Iterator[Stack]:
    http, actions, rasa = free_port(), free_port(), free_port()
    running = Stack(
        url=f"http://127.0.0.1:{http}",
        database_url=f"sqlite:///{folder / 'avtootvet.db'}",
        rasa_url=f"http://127.0.0.1:{rasa}",
        rasa_database_url=f"sqlite:///{folder / 'rasa.db'}",
        dealer_file=folder / "dealer.yml",
    )
    running.dealer_file.write_text(_where_it_is_noon(), encoding="utf-8")
    env = {
        "DATABASE_URL": running.database_url,
        "RASA_DATABASE_URL": running.rasa_database_url,
        "DEALER_FILE": str(running.dealer_file),
        "HTTP_PORT": str(http),
        "ACTIONS_PORT": str(actions),
        "RASA_URL": running.rasa_url,
    }
    with started("run", url=running.url, log=folder / "run.log", env=env):
        yield running


def _where_it_is_noon() -> str:
    """Our dealer.yml in another time zone: who answers when must not depend on the hour of the test."""
    dealer = yaml.safe_load((ROOT / "dealer.yml").read_text(encoding="utf-8"))
    # POSIX counts to the west, https://data.iana.org/time-zones/tzdb/etcetera
    dealer["time_zone"] = f"Etc/GMT{dt.datetime.now(dt.UTC).hour - 12:+}"
    dealer["departments"][COMES_IN_THE_EVENING]["hours"] = {"mon-sun": "18:00-20:00"}
    return yaml.safe_dump(dealer, allow_unicode=True)


@contextmanager
def started(command: str, *, url: str, log: Path, env: Mapping[str, str]) -> Iterator[None]:
    """`bot run` or `bot gateway`, from ready to stopped."""
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", command],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=out,
            stderr=out,
        )
        try:
            _wait(process, url, log)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"it ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=2) as response:
                if response.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail(f"it is not ready:\n{log.read_text()}")
