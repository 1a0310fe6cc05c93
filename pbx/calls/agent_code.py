"""Signs agents in and out, and pauses them, by a code dialled on their phone."""

from typing import assert_never

from pbx.calls.call import Call
from pbx.sip.outputs import Standing
from pbx.steps import AgentCode, Outcome

CONFIRMATIONS = {
    "sign_in": "agent-signed-in",
    "sign_out": "agent-signed-out",
    "pause": "agent-paused",
    "resume": "agent-resumed",
}


async def agent_code(call: Call, step: AgentCode) -> Outcome:
    """Say what was done; an account that is nobody's phone is declined."""
    agent = _agent_of(call)
    if agent is None:
        return Outcome.DECLINED
    call.caller.answer()
    desk, phone = call.services.desk, call.caller.offer.identity.name
    match step.action:
        case "sign_in":
            desk.sign_in(agent, phone, "phone")
        case "sign_out":
            desk.sign_out(agent, "phone")
        case "pause":
            desk.pause(agent, "", "phone")
        case "resume":
            desk.resume(agent, "phone")
        case _:
            assert_never(step.action)
    await call.caller.media.play([call.prompt(CONFIRMATIONS[step.action])])
    return Outcome.COMPLETED


def _agent_of(call: Call) -> str | None:
    identity = call.caller.offer.identity
    if identity.standing is not Standing.ACCOUNT:
        return None
    agents = call.configuration.agents.items()
    return next((name for name, plan in agents if plan.phone == identity.name), None)
