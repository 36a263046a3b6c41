"""`schema` and `version`: what needs no running bursar."""

import click

from bursar import __version__
from bursar.cli.command import json_option, print_json
from bursar.estate.schema import json_schema


@click.command()
@json_option
def schema(as_json: bool) -> None:
    """Print the JSON Schema of all estate documents, for editors."""
    del as_json  # it is JSON either way; the flag is there because every command has it
    print_json(json_schema())


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the version."""
    if as_json:
        print_json({"version": __version__})
    else:
        click.echo(__version__)
