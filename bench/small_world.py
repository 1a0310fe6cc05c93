"""Explores a small call centre in every order of events, ever deeper: `python -m bench.small_world 7`."""

import sys

from tests.acd.test_desk_small_world import explore


def main() -> None:
    for depth in range(1, int(sys.argv[1]) + 1):
        states, turns = explore(depth)
        print(f"{depth} events: {states} states, {turns} turns, no rule broken", flush=True)


if __name__ == "__main__":
    main()
