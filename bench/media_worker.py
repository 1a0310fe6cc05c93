"""What a media worker costs, beside the bare loops that move the same packets: CPU ms per call-second.

`python bench/media_worker.py [CALLS] [SECONDS]`. One worker process serves CALLS legs (playing) or CALLS
bridges (two legs each) on loopback while another process plays all the phones: each sends and gets 50 packets
a second. CPU is the serving process's own, kernel included, from /proc/PID/schedstat. The bare loops do the
same sends, or the same receives and sends, on connected sockets and nothing else; they are measured in turn
with the engine, three rounds, medians.
"""

import asyncio
import gc
import json
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from media.engines.workers import WorkersEngine, WorkerSession

HOST = "127.0.0.1"
PHONES, BARE = 10000, 14000  # first ports, out of the way of what the kernel picks for others
TICK = 0.005
PACKET = bytes([0x80, 0]) + bytes(10) + b"\xff" * 160
WARM_UP = 1.5

C_SOURCE = r"""
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
int main(int argc, char **argv) {
  int n = atoi(argv[1]), first = atoi(argv[2]), seconds = atoi(argv[3]), own = atoi(argv[4]);
  int *fds = malloc(n * sizeof(int));
  char packet[172] = {(char)0x80};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < n; i++) {
    struct sockaddr_in me = to;
    me.sin_port = htons(own + 2 * i);
    fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    bind(fds[i], (struct sockaddr *)&me, sizeof me);
  }
  struct timespec due;
  clock_gettime(CLOCK_MONOTONIC, &due);
  for (int tick = 0; tick < seconds * 200; tick++) {
    for (int i = tick % 4; i < n; i += 4) {
      to.sin_port = htons(first + 2 * i);
      sendto(fds[i], packet, sizeof packet, 0, (struct sockaddr *)&to, sizeof to);
    }
    due.tv_nsec += 5000000;
    if (due.tv_nsec >= 1000000000) { due.tv_nsec -= 1000000000; due.tv_sec++; }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
  }
}
"""


def connected(own: int, peer: int) -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    udp.bind((HOST, own))
    udp.connect((HOST, peer))
    return udp


def play_phones(targets: list[int], seconds: float, talking: bool) -> None:
    """All the phones: phone i on PHONES + 2i talks to targets[i]. Prints how many packets came."""
    phones = [connected(PHONES + 2 * at, target) for at, target in enumerate(targets)]
    received, tick, begin = 0, 0, time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        stamp = (tick // 4 & 0xFFFF).to_bytes(2) + (tick // 4 * 160 & 0xFFFFFFFF).to_bytes(4)
        for at in range(tick % 4, len(phones), 4):
            try:
                if talking or tick < 4:
                    phones[at].send(b"\x80\0" + stamp + at.to_bytes(4) + PACKET[12:])
            except OSError:
                pass
        for at in range((tick + 2) % 4, len(phones), 4):
            try:
                while True:
                    phones[at].recv(2048)
                    received += 1
            except OSError:
                pass
        tick += 1
        time.sleep(max(0.0, begin + tick * TICK - now))
    print(received)


def bare_send(count: int, seconds: float) -> None:
    sends = [connected(BARE + 2 * at, PHONES + 2 * at).send for at in range(count)]
    tick, begin = 0, time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        for send in sends[tick % 4 :: 4]:
            try:  # noqa: SIM105 - a context manager would be a good part of the price measured
                send(PACKET)
            except OSError:
                pass
        tick += 1
        time.sleep(max(0.0, begin + tick * TICK - now))


def bare_relay(count: int, seconds: float, both: bool) -> None:
    """Epoll, receive, send to the neighbour; with `both` False only receive, beside a paced send."""
    sockets = [connected(BARE + 2 * at, PHONES + 2 * at) for at in range(count)]
    poll = select.epoll()
    pairs = {}
    for at, udp in enumerate(sockets):
        poll.register(udp.fileno(), select.EPOLLIN)
        pairs[udp.fileno()] = (udp.recv, sockets[at ^ 1 if both else at].send)
    tick, begin = 0, time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        if not both and now >= begin + tick * TICK:
            for udp in sockets[tick % 4 :: 4]:
                try:  # noqa: SIM105 - as above
                    udp.send(PACKET)
                except OSError:
                    pass
            tick += 1
        wait = TICK if both else max(0.0, begin + tick * TICK - time.monotonic())
        for descriptor, _ in poll.poll(wait, 256):
            receive, send = pairs[descriptor]
            try:
                if both:
                    send(receive(2048))
                else:
                    receive(2048)
            except OSError:
                pass


def spawn(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, *map(str, arguments)], stdout=subprocess.PIPE)


def cpu_of(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def memory_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_", "Swap:")))


def watch(pid: int, seconds: float) -> float:
    """CPU seconds per second of a process, after a warm-up."""
    time.sleep(WARM_UP)
    cpu, begin = cpu_of(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_of(pid) - cpu) / (time.monotonic() - begin)


def bare(kind: str, count: int, seconds: float, talking: bool) -> float:
    phones = spawn("phones", json.dumps([BARE + 2 * at for at in range(count)]), seconds + 3, int(talking))
    server = (
        subprocess.Popen([kind, str(count), str(PHONES), str(int(seconds + 3)), str(BARE)])
        if kind.startswith("/")
        else spawn(kind, count, seconds + 3)
    )
    share = watch(server.pid, seconds)
    phones.communicate()
    server.communicate()
    return share


async def chatter() -> AsyncIterator[bytes]:
    while True:
        yield b"\x12\x34" * 1600


async def listen(session: WorkerSession) -> None:
    async with session.listen() as frames:
        async for _ in frames:
            pass


async def engine_share(engine: WorkersEngine, kind: str, calls: int, seconds: float, talking: bool) -> float:
    legs = 2 * calls if kind == "bridge" else calls
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        sessions = []
        for at in range(legs):
            session = await stack.enter_async_context(engine.session())
            session.answer(
                f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
                f"m=audio {PHONES + 2 * at} RTP/AVP 0\r\n",
                HOST,
            )
            sessions.append(session)
        if kind == "bridge":
            for one, other in zip(sessions[::2], sessions[1::2], strict=True):
                await stack.enter_async_context(engine.bridge(one, other))
        if kind == "play":
            playing = [tasks.create_task(s.play(["music"], repeat=True)) for s in sessions]
        elif kind == "bot":
            playing = [tasks.create_task(work) for s in sessions for work in (s.speak(chatter()), listen(s))]
        else:
            playing = []
        phones = spawn("phones", json.dumps([s.port for s in sessions]), seconds + 3, int(talking))
        share = await asyncio.to_thread(watch, engine.pids[0], seconds)
        memory = memory_of(engine.pids[0])
        heard = int((await asyncio.to_thread(phones.communicate))[0])
        expected = legs * 50 * (seconds + 3)
        print(
            f"  {kind}: phones heard {heard / expected:.1%}, worker's private memory {memory} KiB", flush=True
        )
        for task in playing:
            task.cancel()
    await asyncio.sleep(4)  # the ports cool down
    return share


def compile_c(folder: Path) -> str | None:
    if shutil.which("gcc") is None:
        return None
    (folder / "send.c").write_text(C_SOURCE)
    subprocess.run(["gcc", "-O2", "-o", folder / "send", folder / "send.c"], check=True)
    return str(folder / "send")


async def measure(calls: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        noise = np.random.default_rng(1).normal(0, 0.1, 8000 * 30)
        soundfile.write(folder / "music.wav", noise, 8000)
        c_send = compile_c(folder)
        engine = WorkersEngine(HOST, 20000, 20000 + 12 * calls + 200, folder / "cache")
        await engine.start()
        await engine.prepare({"music": folder / "music.wav"})
        await asyncio.sleep(1)
        print(f"empty worker: {memory_of(engine.pids[0])} KiB private")
        shares: dict[str, list[float]] = {}
        for _ in range(3):
            rounds = {
                "bare Python send": lambda: asyncio.to_thread(bare, "send", calls, seconds, False),
                "play, phones silent": lambda: engine_share(engine, "play", calls, seconds, False),
                "bare Python send and receive": lambda: asyncio.to_thread(bare, "both", calls, seconds, True),
                "play, phones talking": lambda: engine_share(engine, "play", calls, seconds, True),
                "bare Python relay": lambda: asyncio.to_thread(bare, "relay", 2 * calls, seconds, True),
                "bridge": lambda: engine_share(engine, "bridge", calls, seconds, True),
                "bot listens and speaks": lambda: engine_share(engine, "bot", calls, seconds, True),
            }
            if c_send:
                rounds["bare C sendto"] = lambda: asyncio.to_thread(bare, c_send, calls, seconds, False)
            for what, run in rounds.items():
                shares.setdefault(what, []).append(await run() / calls * 1e3)
        await engine.stop()
    report({what: statistics.median(found) for what, found in shares.items()}, calls)


def report(found: dict[str, float], calls: int) -> None:
    beside = {
        "play, phones silent": "bare Python send",
        "play, phones talking": "bare Python send and receive",
        "bridge": "bare Python relay",
        "bot listens and speaks": "bare Python send and receive",
    }
    print(f"{calls} calls; CPU ms per call-second, medians of three")
    for what, cost in found.items():
        ratio = f"   {cost / found[beside[what]]:.2f} x the bare loop" if what in beside else ""
        print(f"  {what:30} {cost:.3f}{ratio}")


def main(arguments: list[str]) -> None:
    gc.freeze()
    match arguments:
        case ["phones", targets, seconds, talking]:
            play_phones(json.loads(targets), float(seconds), talking == "1")
        case ["send", count, seconds]:
            bare_send(int(count), float(seconds))
        case ["relay" | "both" as kind, count, seconds]:
            bare_relay(int(count), float(seconds), kind == "relay")
        case _:
            calls, seconds = [*map(int, arguments), 100, 5][:2] if len(arguments) < 2 else map(int, arguments)
            asyncio.run(measure(calls, seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
