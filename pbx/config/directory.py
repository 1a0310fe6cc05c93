"""What the SIP user agent asks of the configuration: passwords, trunks, and what is open to strangers."""

from functools import lru_cache
from ipaddress import ip_address

from pbx.config.models import Configuration

REMEMBERED = 4_096  # source addresses; carriers have few


class Directory:
    """One configuration's answers. Made anew on reload."""

    def __init__(self, configuration: Configuration) -> None:
        self._accounts = configuration.accounts
        self._dialplan = configuration.dialplan
        self._networks = [
            (network, trunk.name) for trunk in configuration.trunks.values() for network in trunk.networks
        ]
        self._remembered = lru_cache(REMEMBERED)(self._look_up)

    def password(self, account: str) -> str | None:
        found = self._accounts.get(account)
        return None if found is None else found.password

    def trunk(self, host: str) -> str | None:
        """The trunk that sends from this address; the one named first where two claim it."""
        return self._remembered(host) if self._networks else None

    def _look_up(self, host: str) -> str | None:
        try:
            address = ip_address(host)
        except ValueError:
            return None
        return next((name for network, name in self._networks if address in network), None)

    def is_public(self, dialled: str) -> bool:
        return self._dialplan.is_public(dialled)
