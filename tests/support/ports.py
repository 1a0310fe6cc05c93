"""Ports of one's own, where several test runners share a machine."""

import os

APART = 3_500  # ports between one runner's and the next's


def own_port(first: int) -> int:
    """This port in the first runner, and as far above it as needed in the others."""
    return first + APART * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
