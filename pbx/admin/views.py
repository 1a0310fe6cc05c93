"""What is going on now, as plain data for the command line."""

from typing import Any

from pbx.calls.exchange import Exchange


def calls(exchange: Exchange) -> list[dict[str, Any]]:
    now = exchange.clock.now()
    return [
        {
            "call": call.id,
            "from": call.caller.offer.caller,
            "name": call.caller.offer.caller_name,
            "dialled": call.caller.offer.dialled,
            "seconds": round(now - call.since, 1),
            "answered": call.caller.answered,
            "held": call.caller.media.held,
            "doing": call.doing,
            "told_bot": "" if call.handover is None else "; ".join(call.handover.summary),
            "language": call.language,
            "version": call.configuration.version,
        }
        for call in exchange.calls.values()
    ]


def queues(exchange: Exchange) -> list[dict[str, Any]]:
    now, desk = exchange.clock.now(), exchange.desk.view
    rows: list[dict[str, Any]] = []
    for name in exchange.configuration.queues:
        waiting = desk.waiting(name)
        rows.append(
            {
                "queue": name,
                "waiting": len(waiting),
                "longest_wait": round(max((now - caller.since for caller in waiting), default=0.0), 1),
                "signed_in": desk.signed_in(name),
                "callers": [
                    {
                        "call": caller.contact,
                        "position": caller.position,
                        "priority": caller.priority,
                        "seconds": round(now - caller.since, 1),
                    }
                    for caller in waiting
                ],
            }
        )
    return rows


def agents(exchange: Exchange) -> list[dict[str, Any]]:
    now, plans = exchange.clock.now(), exchange.configuration.agents
    return [
        {
            "agent": agent.agent,
            "name": plans[agent.agent].display if agent.agent in plans else "",
            "phone": plans[agent.agent].phone if agent.agent in plans else "",
            "registered": agent.agent in plans and bool(exchange.registrations.of(plans[agent.agent].phone)),
            "state": agent.state.value,
            "reason": agent.reason,
            "seconds": round(now - agent.since, 1),
        }
        for agent in exchange.desk.view.agents()
    ]


def registrations(exchange: Exchange) -> list[dict[str, Any]]:
    now = exchange.clock.now()
    return [
        {
            "account": account,
            "contact": binding.uri,
            "from": f"{binding.peer.transport}:{binding.peer.host}:{binding.peer.port}",
            "seconds": round(binding.expires_at - now),
        }
        for account in exchange.configuration.accounts
        for binding in exchange.registrations.of(account)
    ]
