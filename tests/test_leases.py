"""A killed process holds up nothing: not the work it held, and not the work that the database missed."""

import datetime as dt
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot import leases
from bot.channels import reader
from bot.channels.models import ChannelReader
from bot.channels.reader import Reader
from bot.conversations import Conversation
from bot.db import Sessions, utcnow
from bot.inbox.claim import claim_turn
from bot.leases import free_the_dead, is_dead, until_written, worker_name
from tests.spine import incoming, spine


def _dead_worker() -> str:
    """The name of a process of this machine that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return worker_name().replace(f":{os.getpid()}:", f":{ended.pid}:")


def _parent() -> str:
    return worker_name().replace(f":{os.getpid()}:", f":{os.getppid()}:")


async def test_the_turn_of_a_killed_gateway_is_done_at_once(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        killed = await claim_turn(sessions, ["fake"], _dead_worker())
        assert killed is not None
        assert await gateway.do_turns() == 0
        await free_the_dead(sessions, worker_name())
        again = await claim_turn(sessions, ["fake"], worker_name())
        assert again is not None
        assert (again.turn_id, again.attempt) == (killed.turn_id, 2)


async def test_the_turn_of_a_living_gateway_stays_its_own(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        await claim_turn(sessions, ["fake"], _parent())
        await free_the_dead(sessions, worker_name())
        assert await gateway.do_turns() == 0


async def test_the_account_that_a_killed_gateway_read_is_read_at_once(sessions: Sessions) -> None:
    assert await Reader(sessions, "vk", "777", _dead_worker()).hold()
    successor = worker_name()
    assert not await Reader(sessions, "vk", "777", successor).hold()
    await free_the_dead(sessions, successor)
    assert await Reader(sessions, "vk", "777", successor).hold()


async def test_freeing_forgets_no_position(sessions: Sessions) -> None:
    killed = Reader(sessions, "vk", "777", _dead_worker())
    await killed.hold()
    await killed.remember("42")
    await free_the_dead(sessions, worker_name())
    async with sessions() as session:
        assert await session.scalar(select(ChannelReader.position)) == "42"


async def test_a_gateway_does_not_free_its_own_work(sessions: Sessions) -> None:
    worker = worker_name()
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        await claim_turn(sessions, ["fake"], worker)
        await free_the_dead(sessions, worker)
        assert (await gateway.conversation()).claimed_by == worker


async def test_of_other_machines_nothing_is_known(sessions: Sessions) -> None:
    elsewhere = "elsewhere:999999999:0123abcd"
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        async with sessions.begin() as session:
            await session.execute(update(Conversation).values(claimed_by=elsewhere))
        await free_the_dead(sessions, worker_name())
        assert (await gateway.conversation()).claimed_by == elsewhere


def test_containers_of_one_host_name_are_not_taken_for_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.touch()
    theirs.touch()
    monkeypatch.setattr(leases, "PROCESSES", theirs)
    other = _dead_worker()
    monkeypatch.setattr(leases, "PROCESSES", ours)
    assert not is_dead(other)
    assert is_dead(_dead_worker())


def test_a_system_without_containers_knows_its_dead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(leases, "PROCESSES", tmp_path / "missing")
    assert is_dead(_dead_worker())


def test_a_container_gives_the_next_gateway_the_same_number() -> None:
    assert is_dead(worker_name())  # another name of this very number: of the one before us


def test_a_name_of_another_form_is_not_judged() -> None:
    assert not is_dead("worker")


async def test_what_was_done_is_written_when_the_database_is_back() -> None:
    tries = []

    async def write() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("UPDATE", {}, Exception("the database system is shutting down"))

    await until_written(write, within=60)
    assert len(tries) == 3


async def test_a_defect_is_not_taken_for_a_database_that_is_away() -> None:
    tries = []

    async def write() -> None:
        tries.append(1)
        raise ProgrammingError("UPDATE", {}, Exception("no such column"))

    with pytest.raises(ProgrammingError):
        await until_written(write, within=60)
    assert len(tries) == 1


async def test_a_reader_renews_its_lease_when_a_quarter_of_it_has_passed(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held_until() -> dt.datetime | None:
        async with sessions() as session:
            return await session.scalar(select(ChannelReader.held_until))

    one = Reader(sessions, "vk", "777", "one")
    assert await one.hold()
    first = await held_until()
    assert await one.hold()
    assert await held_until() == first
    later = utcnow() + reader.RENEWED_AFTER
    monkeypatch.setattr(reader, "utcnow", lambda: later)
    assert await one.hold()
    assert await held_until() == later + reader.LEASE


def test_machines_of_a_cluster_are_not_taken_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "avtootvet-production-gateway-5d8f7c9b4d-x7k2p")
    other = worker_name()
    monkeypatch.setattr(socket, "gethostname", lambda: "avtootvet-production-gateway-5d8f7c9b4d-q8zrm")
    assert not is_dead(other)
    assert is_dead(_dead_worker())
    assert len(other) <= 64  # the column
