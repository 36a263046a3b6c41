"""The only reader of the environment: settings, provider keys found there, and the home folder."""
# ruff: noqa: RUF009 - `_setting` makes a `dataclasses.field`, which is what that rule asks for

import dataclasses
import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from bursar.estate.kinds import Provider
from bursar.vocab.errors import BursarError, InvalidInput, NotFound, near_names
from bursar.vocab.network import networks

Durability = Literal["disk", "process"]

_PREFIX: Final = "BURSAR_"
_MEBIBYTE: Final = 1 << 20


class BadSettings(InvalidInput):
    """One or more settings cannot be used; the text names each, one a line."""


@dataclass(frozen=True)
class Setting:
    """One value that a person may set: a variable of the environment, a flag of `bursar up`, a Config field.

    `default` may hold `{home}`, `{host}`, `{console_port}` and `{cores}`, filled in when it is read.
    """

    name: str
    default: str
    sentence: str
    metavar: str
    read: Callable[[str], Any]

    @property
    def variable(self) -> str:
        return _PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def _read_path(text: str) -> Path:
    if not text:
        raise ValueError("give a folder")
    return Path(text).expanduser().absolute()


def _read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ValueError("give a port number up to 65535, or 0 for any free one")
    return int(text)


def _between(low: int, high: int, unit: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.replace("_", "")
        if not digits.isascii() or not digits.isdigit() or not low <= int(digits) <= high:
            raise ValueError(f"give a whole number of {unit} from {low} to {high}")
        return int(digits)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"give one of {', '.join(words)}")
        return text

    return read


def _with_scheme(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"give a URL that begins with {' or '.join(f'{name}://' for name in schemes)}")
        return text

    return read


def _read_host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError("give an address or a host name without scheme and port")
    return text


def _setting(default: str, read: Callable[[str], Any], metavar: str, sentence: str) -> Any:
    metadata = {"default": default, "read": read, "metavar": metavar, "sentence": sentence}
    return dataclasses.field(metadata=metadata)


def _read_networks(text: str) -> str:
    return ",".join(map(str, networks(text)))


_REPORT_SECONDS: Final = 1


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting, checked and complete; build it with `Config.from_environ`."""

    home: Path = _setting(
        "./bursar-home",
        _read_path,
        "FOLDER",
        "The folder that holds everything this installation keeps: stores, outboxes, tokens.",
    )
    state_url: str = _setting(
        "sqlite:///{home}/state.sqlite",
        _with_scheme("sqlite", "postgresql"),
        "URL",
        "The state store: keys, estate, audit. `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`.",
    )
    ledger_url: str = _setting(
        "duckdb:///{home}/ledger.duckdb",
        _with_scheme("duckdb"),
        "URL",
        "The ledger: every metered call and its rollups. `duckdb:///PATH`.",
    )
    host: str = _setting(
        "127.0.0.1",
        _read_host,
        "ADDRESS",
        "The address to listen on. Use 0.0.0.0 to be reached from other machines.",
    )
    gateway_port: int = _setting("4000", _read_port, "PORT", "The port where LLM clients call the gateway.")
    console_port: int = _setting(
        "8080", _read_port, "PORT", "The port of the control plane: API and console."
    )
    control_url: str = _setting(
        "http://{host}:{console_port}",
        _with_scheme("http", "https"),
        "URL",
        "Where gateways and the command line find the control plane when it runs on another machine.",
    )
    trusted_proxies: str = _setting(
        "",
        _read_networks,
        "NETWORKS",
        "Proxies in front of the console that are believed who they ask for (`X-Forwarded-For`), so that "
        "failed sign-ins are counted by browser and not by proxy: addresses or networks, commas between.",
    )
    workers: int = _setting(
        "{cores}",
        _between(1, 256, "processes"),
        "COUNT",
        "Gateway worker processes; one per core by default.",
    )
    durability: Durability = _setting(
        "disk",
        _one_of("disk", "process"),
        "disk|process",
        "What an event must survive before the client gets the end of its reply: `disk` flushes to the disk "
        "and survives a power cut, `process` survives a killed process but not the machine.",
    )
    body_limit_bytes: int = _setting(
        str(32 * _MEBIBYTE),
        _between(1024, 1024 * _MEBIBYTE, "bytes"),
        "BYTES",
        "The largest request body that the gateway takes; a larger one is answered with 413.",
    )
    disconnect_read_s: int = _setting(
        "60",
        _between(0, 3600, "seconds"),
        "SECONDS",
        "How long an upstream stream is read on for its usage after the client has left.",
    )
    lease_s: int = _setting(
        "15",
        _between(1, 3600, "seconds"),
        "SECONDS",
        "How long a gateway worker may spend what it has of a budget without hearing from the state store.",
    )
    log_level: str = _setting(
        "info",
        _one_of("debug", "info", "warning", "error"),
        "LEVEL",
        "The least grave message that is logged: debug, info, warning or error.",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], **overrides: object) -> "Config":
        """Settings from variables, then defaults; an override that is not None wins over both.

        BadSettings names every value that cannot be used, and how to write it.
        """
        unknown = overrides.keys() - {setting.name for setting in SETTINGS}
        if unknown:
            raise BadSettings(f"there is no setting named {', '.join(sorted(unknown))}")
        values: dict[str, Any] = {}
        problems: list[str] = []
        for setting in SETTINGS:
            given, where = _given(setting, environ, overrides)
            text = setting.default.format_map(_placeholders(values)) if given is None else given
            try:
                values[setting.name] = setting.read(text)
            except ValueError as error:
                problems.append(f"{where} is {text!r}: {error}")
                # A stand-in lets the later settings be checked too, so that one run names every mistake.
                values[setting.name] = setting.read(setting.default.format_map(_placeholders(values)))
        if problems:
            raise BadSettings("\n".join(problems))
        return cls(**values)

    def to_environ(self) -> dict[str, str]:
        """The same settings as variables, for a process that is started with them."""
        return {setting.variable: str(getattr(self, setting.name)) for setting in SETTINGS}

    @property
    def silent_us(self) -> int:
        """How long a gateway worker may say nothing before what it has of budgets counts as in doubt."""
        return (self.lease_s + _REPORT_SECONDS * 2) * 1_000_000

    @property
    def files(self) -> "Home":
        """The home folder with the names of what lies in it."""
        return Home(self.home)


SETTINGS: Final[tuple[Setting, ...]] = tuple(
    Setting(name=field.name, **field.metadata) for field in dataclasses.fields(Config)
)


def _given(
    setting: Setting, environ: Mapping[str, str], overrides: Mapping[str, object]
) -> tuple[str | None, str]:
    """The text that somebody gave, None if nobody did, and the name under which they gave it."""
    override = overrides.get(setting.name)
    if override is not None:
        return str(override), setting.flag
    return environ.get(setting.variable) or None, setting.variable


def _placeholders(values: Mapping[str, Any]) -> dict[str, object]:
    return {**values, "host": url_host(str(values.get("host", ""))), "cores": _cores()}


def _cores() -> int:
    """Cores that this process may run on; macOS knows no affinity, so there all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def url_host(host: str) -> str:
    """The host to write in a URL that reaches a server listening on `host`."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def environment() -> dict[str, str]:
    """A copy of this process's environment; the one place where it is read."""
    return dict(os.environ)


def misspelt_variables(environ: Mapping[str, str]) -> list[str]:
    """One sentence for each BURSAR_ variable that is no setting but looks much like one."""
    known = {setting.variable for setting in SETTINGS}
    sentences = []
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known:
            near = [
                word
                for word in near_names(name, known, count=1)
                if len(word) - len(name) in (-2, -1, 0, 1, 2)
            ]
            if near and _alike(name, near[0]):
                sentences.append(f"{name} is no setting and has no effect; did you mean {near[0]}?")
    return sentences


def _alike(name: str, known: str) -> bool:
    """Whether what comes after the prefix still looks alike; the prefix alone makes strangers similar."""
    return bool(near_names(name.removeprefix(_PREFIX), [known.removeprefix(_PREFIX)]))


# A vendor's variable, tried in this order, and the provider that a key there makes. OPENAI_BASE_URL and its
# like are left alone on purpose: they are what an application sets to reach Bursar, and a gateway started
# in the same shell would call itself.
_VENDORS: Final = (
    (("OPENAI_API_KEY",), "openai", "openai", "https://api.openai.com", "openai"),
    (("ANTHROPIC_API_KEY",), "anthropic", "anthropic", "https://api.anthropic.com", "anthropic"),
    (
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        "gemini",
        "gemini",
        "https://generativelanguage.googleapis.com",
        "google",
    ),
)


def providers_from_environ(environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """A provider document for each vendor key in the environment; it names the variable, never the secret."""
    found = []
    for variables, name, wire, base_url, catalogue in _VENDORS:
        variable = next((variable for variable in variables if environ.get(variable)), None)
        if variable is not None:
            found.append(
                Provider(
                    name=name,
                    wire=wire,  # type: ignore[arg-type]
                    base_url=base_url,
                    credential=f"env:{variable}",
                    catalogue=catalogue,
                    description=f"Made from {variable} in the environment.",
                )
            )
    return tuple(found)


class CredentialMissing(BursarError):
    """A provider's credential cannot be read where its document says it is."""

    code = "credential_missing"


def credential_secret(credential: str, environ: Mapping[str, str]) -> str:
    """The secret that `env:NAME`, `file:PATH`, `literal:KEY` or `none` (empty) stands for.

    CredentialMissing says which variable or file is not there; it never holds a secret.
    """
    scheme, _, rest = credential.partition(":")
    if scheme == "literal":
        return rest
    if scheme == "env":
        if not environ.get(rest):
            raise CredentialMissing(f"the variable {rest} is not set where bursar runs")
        return environ[rest]
    if scheme == "file":
        try:
            return Path(rest).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            raise CredentialMissing(f"the file {rest} cannot be read: {error.strerror}") from error
    return ""


class Run(msgspec.Struct, kw_only=True, frozen=True):
    """What a running installation says of itself in run.json; `pids` maps a part's name to its process id."""

    gateway_url: str
    console_url: str
    pids: dict[str, int] = {}
    version: str = ""


@dataclass(frozen=True)
class Home:
    """The home folder (0700) and the names of what lies in it; the tokens are readable by the owner only."""

    path: Path

    def in_use(self) -> bool:
        """Whether `bursar up` holds this home now, though it may not answer yet."""
        try:
            with (self.path / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    @property
    def admin_token_path(self) -> Path:
        return self.path / "admin-token"

    @property
    def internal_token_path(self) -> Path:
        return self.path / "internal-token"

    @property
    def run_path(self) -> Path:
        return self.path / "run.json"

    @property
    def outbox_dir(self) -> Path:
        return self.path / "outbox"

    def create(self, make_token: Callable[[], str]) -> None:
        """Make the folder and the tokens where they are missing; what is there stays as it is."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.outbox_dir.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InvalidInput(f"the home {self.path} cannot be made: {error.strerror}") from error
        for path in (self.admin_token_path, self.internal_token_path):
            if not path.exists():
                _write_private(path, make_token() + "\n")

    def admin_token(self) -> str:
        """The administrator's token; NotFound if the home was never started."""
        return self._token(self.admin_token_path)

    def internal_token(self) -> str:
        """The token between gateway and control plane; NotFound if the home was never started."""
        return self._token(self.internal_token_path)

    def _token(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise NotFound(f"there is no {path}: start bursar once with this home, `bursar up`") from error
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error

    def write_run(self, run: Run) -> None:
        """Publish where the running parts are; a reader sees the old file or the new one, never half."""
        _write_private(self.run_path, msgspec.json.format(msgspec.json.encode(run), indent=2).decode() + "\n")

    def read_run(self) -> Run | None:
        """What the running installation published; None if nothing runs or the file cannot be read."""
        try:
            return msgspec.json.decode(self.run_path.read_bytes(), type=Run)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def remove_run(self) -> None:
        """Say that nothing runs any more."""
        self.run_path.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step, durable before it has its name."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
