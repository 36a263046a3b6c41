"""`settings`: how one signs in, and how long what is kept."""

import click

from bursar.cli.command import console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane


@click.command()
@json_option
@with_control
def settings(control: ControlPlane, as_json: bool) -> None:
    """Show what holds for this installation: ways to sign in, sessions, retention."""
    reply = control.get("/settings")
    if as_json:
        print_json(reply)
        return
    kept = reply["retention"]
    rows = table("what", "is", whole=frozenset({"what"}))
    rows.add_row("console", plain(reply["console_url"]))
    rows.add_row("time zone", plain(reply["time_zone"]))
    for one in reply["sign_in"]:
        rows.add_row(f"sign_in/{plain(one['name'])}", plain(f"{one['label']}: {one['issuer']}"))
    hours = reply["sessions"]["ends_after_s"] // 3600
    idle = reply["sessions"]["ends_idle_after_s"] // 3600
    rows.add_row("sessions", f"end after {hours} h, unused after {idle} h")
    for name in ("messages", "sessions", "links", "tokens"):
        rows.add_row(f"{name} that are over", f"kept {kept[f'{name}_days']} days")
    rows.add_row("kept for good", plain(", ".join(kept["kept_for_good"])))
    console().print(rows)
