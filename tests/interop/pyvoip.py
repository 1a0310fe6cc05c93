"""Runs pyVoIP as it comes."""

import select
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from pbx.softphone.child import free_port
from tests.interop.office import ROOT, Office


@contextmanager
def pyvoip(
    office: Office, work: str, account: str, number: str = "", *, password: str | None = None
) -> Generator["subprocess.Popen[str]"]:
    """A phone of this account that registers, calls a number, or answers; gone after the block."""
    server, own = str(office.server[1]), str(free_port())
    secret = f"example-{account}" if password is None else password
    command = [sys.executable, "-m", "tests.interop.raw_pyvoip", work, server, own, account, secret, number]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as phone:
        try:
            yield phone
        finally:
            phone.kill()


def says(phone: "subprocess.Popen[str]") -> str:
    """The next line it prints; empty when it has ended."""
    assert phone.stdout is not None
    return phone.stdout.readline().strip()


def says_soon(phone: "subprocess.Popen[str]", seconds: float = 20) -> str:
    """The first line it prints; empty if none comes in time."""
    assert phone.stdout is not None
    ready, _, _ = select.select([phone.stdout], [], [], seconds)
    return says(phone) if ready else ""
