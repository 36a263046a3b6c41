"""Puts the `bursar` command together; what it starts comes in as an argument."""

import click

from bursar import __version__
from bursar.cli.alerts import alert, channel
from bursar.cli.approvals import approval
from bursar.cli.audit import audit
from bursar.cli.budgets import budget, driver
from bursar.cli.calls import call
from bursar.cli.command import Commands
from bursar.cli.doctor import make_doctor_command
from bursar.cli.estate import apply, plan
from bursar.cli.keys import key
from bursar.cli.people import person, sign_in
from bursar.cli.policy import policy
from bursar.cli.replay import make_replay_command
from bursar.cli.schema import schema, version
from bursar.cli.settings import settings
from bursar.cli.simulate import make_simulate_command
from bursar.cli.starters import Starters
from bursar.cli.tokens import token
from bursar.cli.top import top
from bursar.cli.up import make_start_commands
from bursar.cli.usage import usage


def make_cli(starters: Starters) -> click.Group:
    """The whole command; `make_cli(starters)()` runs it on the arguments of the process."""

    @click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(__version__, message="%(version)s")
    def bursar() -> None:
        """Meter every LLM call, price it exactly, charge it to an owner, see it within a second.

        Commands find the running bursar through its home: BURSAR_HOME, or ./bursar-home. Exit codes are
        0 done, 1 failed, 2 bad arguments.
        """

    commands = [
        *make_start_commands(starters),
        sign_in,
        person,
        token,
        settings,
        apply,
        plan,
        key,
        budget,
        driver,
        policy,
        approval,
        usage,
        top,
        call,
        alert,
        channel,
        audit,
        make_doctor_command(starters),
        make_simulate_command(starters),
        make_replay_command(starters),
        schema,
        version,
    ]
    for command in commands:
        bursar.add_command(command)
    return bursar
