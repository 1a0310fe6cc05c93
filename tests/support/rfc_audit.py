"""Reads every message that crosses the wire, and holds the exchange to what RFC 3261 demands of it."""

from collections import defaultdict

from pbx.sip.message import Request, Response, parse_message
from tests.support.wire import Address, Passed


class Audit:
    """Findings are kept and raised at the end, so that a scenario shows what led to them."""

    def __init__(self, exchange: Address) -> None:
        self._exchange = exchange
        self.findings: list[str] = []
        self._finals: defaultdict[tuple[str, str, int, str], set[int]] = defaultdict(set)
        self._sequence: dict[tuple[str, str], int] = {}
        self._byes: set[tuple[str, str, str]] = set()
        self._asked: set[tuple[str, str, int, str]] = set()

    def watch(self, passed: Passed) -> None:
        message = parse_message(passed.data)
        if isinstance(message, Request):
            self._remember(message)
        if passed.source != self._exchange:
            return
        if isinstance(message, Response):
            self._response(message)
        else:
            self._request(message)

    def close(self) -> None:
        assert self.findings == []

    def _remember(self, request: Request) -> None:
        self._asked.add((request.call_id, request.via.branch, request.cseq.number, request.method))

    def _response(self, response: Response) -> None:
        cseq = response.cseq
        key = (response.call_id, response.via.branch, cseq.number, cseq.method)
        if key not in self._asked:
            self.findings.append(f"{response.status} answers nothing: {key}")
        if response.status > 100 and not response.to.tag:
            self.findings.append(f"{response.status} without a To tag: {key}")
        if response.status >= 200:
            finals = self._finals[key]
            finals.add(response.status)
            if len(finals) > 1:
                self.findings.append(f"two final answers {sorted(finals)} to {key}")
        if response.status == 200 and cseq.method == "INVITE" and not response.body:
            self.findings.append(f"200 to INVITE without a description: {key}")

    def _request(self, request: Request) -> None:
        side = (request.call_id, request.from_.tag)
        number, method = request.cseq
        last = self._sequence.get(side, 0)
        if method not in ("ACK", "CANCEL") and number < last:
            self.findings.append(f"{method} goes back from CSeq {last} to {number}: {side}")
        if method not in ("ACK", "CANCEL"):
            self._sequence[side] = max(last, number)
        if method == "BYE":
            if not request.to.tag:
                self.findings.append(f"BYE outside a dialog: {side}")
            self._byes.add((*side, request.to.tag))
        elif method not in ("ACK", "CANCEL") and (*side, request.to.tag) in self._byes:
            self.findings.append(f"{method} after BYE: {side}")
