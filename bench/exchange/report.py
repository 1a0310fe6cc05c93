"""The figures as Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.exchange.bare import Price
from bench.exchange.kill import Round
from bench.exchange.load import NOISY, Record
from bench.exchange.most import JITTER_MS, PACKET_MS, ROUND_TRIP_LOSS, Most
from bench.exchange.works import Work

HEAD = (
    "| work | level | ours, median (min-max) | target | bare loop C / Python | ratio | peers | remarks |\n"
    "|---|---|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Figures:
    """All repetitions of one work."""

    work: Work
    records: list[Record] = field(default_factory=list[Record])
    prices: list[Price] = field(default_factory=list[Price])


def works_table(found: Iterable[Figures]) -> str:
    return "\n".join([HEAD, *map(_row, found)])


def _row(figures: Figures) -> str:
    work = figures.work
    values = [record[work.measure] for record in figures.records]
    ours = median(values)
    bare, ratio = "", ""
    if figures.prices:
        price = Price(*(median(column) for column in zip(*figures.prices, strict=True)))
        bare = f"{price.c:.3f} / {price.python:.3f}"
        ratio = f"{ours / price.c:.2f} / {ours / price.python:.2f}"
    level = f"{work.level}/s" if work.is_rate else f"{work.level} at once"
    missed = "" if ours <= work.target else " **missed**"
    return (
        f"| {work.title} | {level} | {_span(values)} {work.unit} | {work.target:g} {work.unit}{missed} "
        f"| {bare} | {ratio} | {work.peers} | {'; '.join(_remarks(figures.records))} |"
    )


def _remarks(records: Sequence[Record]) -> list[str]:
    remarks: list[str] = []
    unserved = sum(not record["served"] for record in records)
    if unserved:
        remarks.append(f"{unserved} of {len(records)} runs were not served in full")
    others = max(record["other_pct"] for record in records)
    if others > NOISY:
        remarks.append(f"noisy: others used up to {others:.0f} % of a core")
    return remarks


def _span(values: Sequence[float]) -> str:
    return f"{median(values):.3g} ({min(values):.3g}-{max(values):.3g})"


def most_table(found: Iterable[tuple[Work, Most]]) -> str:
    """Says what "held" means, too."""
    head = (
        "Held: every call answered and none failed, no RTP packet lost (bridge: at most "
        f"{ROUND_TRIP_LOSS} % of the round trips), and jitter p99 at most {JITTER_MS:g} ms: the 99th "
        "percentile, over all packets of all streams, of the gap to the stream's packet before, by the "
        f"kernel's receive timestamps, less the {PACKET_MS:g} ms it should be.\n\n"
        "| calls | most at once | jitter p99, ms | server CPU, % of a core | the next level failed with |\n"
        "|---|---|---|---|---|"
    )
    return "\n".join([head, *(_most_row(work, most) for work, most in found)])


def _most_row(work: Work, most: Most) -> str:
    if not most.calls:
        return f"| {work.kind} | 0 | | | {most.limited} |"
    noise = f" (others: {most.record['other_pct']:.0f} %)" if most.record["other_pct"] > NOISY else ""
    jitter = most.record["ia_p99"] - PACKET_MS
    return (
        f"| {work.kind} | {most.calls} | {jitter:.1f} | {most.record['srv_pct']:.0f}{noise} "
        f"| {most.limited or 'the load has no more'} |"
    )


def kill_table(rounds: Sequence[Round]) -> str:
    faults = [f"- round {number}: {fault}" for number, one in enumerate(rounds) for fault in one.faults]
    return "\n".join(
        [
            "| kills | calls answered | 200 to their BYE | closed as interrupted "
            "| answered at most 130 ms before the kill, without a record | first answer after, s "
            "| all closed after, s |",
            "|---|---|---|---|---|---|---|",
            f"| {len(rounds)} | {sum(one.answered for one in rounds)} | {sum(one.over for one in rounds)} "
            f"| {sum(one.interrupted for one in rounds)} | {sum(one.unrecorded for one in rounds)} "
            f"| {_span([one.restart for one in rounds])} | {_span([one.closed for one in rounds])} |",
            "",
            *(faults or ["Every call whose BYE was answered has its record, and no call is left open."]),
        ]
    )
