"""Messages arrive at a real HTTP receiver and a real SMTP server, or are shown as dead letters."""

import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from alert_worlds import SECOND_US, Plane, account, budget, channel, declare
from receivers import Hook, Mailbox, http_receiver, smtp_receiver, text_of

from bursar.alerts import outbox
from bursar.alerts.backoff import ATTEMPTS_MOST, wait_us
from bursar.alerts.outgoing import NotDelivered
from bursar.alerts.webhook import signature
from bursar.jobs import Turn, unfenced
from bursar.vocab.errors import Conflict, NotFound
from bursar.vocab.instant import InstantUs


@pytest.fixture
def hook() -> Iterator[Hook]:
    with http_receiver() as hook:
        yield hook


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_receiver() as mailbox:
        yield mailbox


def test_a_webhook_gets_signed_json_with_everything_to_act_on(plane: Plane, hook: Hook) -> None:
    steps = [{"do": "clamp", "output_tokens_max": 9}, {"do": "acknowledge"}, {"do": "stop"}]
    declare(plane.engine, budget(thresholds=[{"at": 80, "steps": steps}]), channel(url=hook.url))
    plane.look(account(85))
    plane.deliver()
    (received,) = hook.received
    assert received.path == "/in?from=bursar"
    stamp = received.headers["x-bursar-timestamp"]
    assert received.headers["x-bursar-signature"] == signature("hook-secret", stamp, received.body)
    assert received.headers["x-bursar-signature"] != signature("other", stamp, received.body)
    assert int(stamp) == plane.now // SECOND_US
    body = received.json
    assert (body["kind"], body["channel"], body["id"]) == (
        "alerts",
        "hook",
        received.headers["x-bursar-message"],
    )
    (alert,) = body["alerts"]
    assert (alert["limit"], alert["spent"], alert["unit"], alert["percent"]) == ("100", "85", "usd", 80)
    assert (alert["owner"], alert["scope"]) == ("ana@example.com", "team search")
    assert alert["url"].startswith("https://bursar.example.com/api/v1/alerts/")
    token = alert["offers"][0]["url"].rpartition("/")[2]
    assert "acknowledged" in plane.desk.preview(token, now=plane.now).sentence
    assert plane.desk.messages(limit=1)[0].state == "sent"


def test_mail_says_what_why_who_and_what_to_do(plane: Plane, mailbox: Mailbox) -> None:
    steps = [{"do": "acknowledge", "within": "1h"}, {"do": "stop"}]
    declare(plane.engine, budget(thresholds=[{"at": 80, "steps": steps}]), channel(url=mailbox.url))
    plane.look(account(85))
    plane.deliver()
    (mail,) = mailbox.mails
    assert mail["subject"] == "Budget team-search has used 85.00 USD, over 80% of its 100.00 USD"
    assert "ana@example.com" in str(mail["to"])
    text = text_of(mail)
    for part in (
        "Owner: ana@example.com.",
        "It pays for team search",
        "Unless somebody acknowledges by 2026-11-20T13:00 UTC: everything in its scope is stopped.",
        "https://bursar.example.com/api/v1/alerts/answer/",
    ):
        assert part in text


def test_a_failing_receiver_is_tried_again_later_and_later(plane: Plane, hook: Hook) -> None:
    declare(plane.engine, budget(), channel(url=hook.url))
    hook.statuses += [500, 302]
    plane.look(account(85))
    plane.deliver()
    (message,) = plane.desk.messages(limit=1)
    assert (message.state, message.attempts) == ("waiting", 1)
    assert message.fault == f"127.0.0.1:{hook.port} answered with status 500"
    assert message.due_at_us == plane.now + wait_us(1, bytes(2))
    plane.deliver()
    assert len(hook.received) == 1  # its time has not come
    for attempt in (1, 2):
        plane.now = InstantUs(plane.now + wait_us(attempt, bytes(2)))
        plane.deliver()
    (message,) = plane.desk.messages(limit=1)
    assert (message.state, message.attempts, message.fault) == ("sent", 3, "")
    assert len({each.headers["x-bursar-message"] for each in hook.received}) == 1
    assert len({each.json["alerts"][0]["url"] for each in hook.received}) == 1


def test_after_the_last_attempt_a_message_is_dead_is_shown_and_can_be_sent_again(
    plane: Plane, hook: Hook
) -> None:
    declare(plane.engine, budget(), channel(url=hook.url))
    hook.statuses += [503] * ATTEMPTS_MOST
    plane.look(account(85))
    for attempt in range(1, ATTEMPTS_MOST + 2):
        plane.deliver()
        plane.now = InstantUs(plane.now + wait_us(attempt, bytes(2)))
    assert len(hook.received) == ATTEMPTS_MOST
    (dead,) = plane.desk.messages(limit=5, state="dead")
    assert (dead.attempts, dead.fault) == (ATTEMPTS_MOST, f"127.0.0.1:{hook.port} answered with status 503")
    plane.desk.send_again(dead.id, actor="t", now=plane.now)
    plane.deliver()
    assert plane.desk.messages(limit=1)[0].state == "sent"
    with pytest.raises(Conflict, match="is sent"):
        plane.desk.send_again(dead.id, actor="t", now=plane.now)


def test_what_one_control_plane_delivers_another_leaves_alone(plane: Plane, hook: Hook) -> None:
    declare(plane.engine, budget(), channel(url=hook.url))
    plane.look(account(85))
    others = [Plane(plane.engine, plane.ledger) for _ in range(4)]
    threads = [threading.Thread(target=each.deliver) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hook.received) == 1


def test_what_a_control_plane_had_in_hand_when_it_died_is_delivered_by_the_next(
    plane: Plane, hook: Hook
) -> None:
    declare(plane.engine, budget(), channel(url=hook.url))
    plane.look(account(85))
    (message,) = outbox.due(plane.engine, limit=5, now=plane.now)
    assert outbox.claim(plane.engine, message, now=plane.now)
    assert not outbox.claim(plane.engine, message, now=plane.now)
    plane.deliver()
    assert hook.received == []
    plane.now = InstantUs(plane.now + outbox.CLAIM_US)
    plane.deliver()
    assert len(hook.received) == 1
    assert plane.desk.messages(limit=1)[0].attempts == 2


def test_metadata_and_link_local_addresses_are_never_called(plane: Plane) -> None:
    urls = {
        "hook": "webhook+http://169.254.169.254/latest/meta-data",
        "json": "json://169.254.169.254/latest",
        "mail": "mailto://user:pw@example.com?smtp=169.254.169.254&to=a@example.com",
        "mapped": "webhook+http://[::ffff:169.254.169.254]/",
    }
    declare(plane.engine, *(channel(name, url) for name, url in urls.items()))
    for name in urls:
        with pytest.raises(NotDelivered, match="may not be called"):
            plane.desk.try_channel(name, actor="t", now=plane.now)


def test_a_channel_that_cannot_work_says_why(plane: Plane) -> None:
    plane.environ["UNSIGNED"] = "webhook+http://127.0.0.1:1/"
    declare(
        plane.engine,
        channel("missing", secret="env:HOOK_SECRET"),
        channel("unsigned", secret="none") | {"url": "env:UNSIGNED"},
        channel("odd", "carrierpigeon://coop"),
        channel("closed", "webhook+http://127.0.0.1:1/"),
    )
    for name, sentence in {
        "missing": "the variable HOOK_SECRET is not set",
        "unsigned": "no secret to sign with",
        "odd": "carrierpigeon:// is no service that is known",
        "closed": "cannot connect to 127.0.0.1:1",
    }.items():
        with pytest.raises(NotDelivered, match=sentence):
            plane.desk.try_channel(name, actor="t", now=plane.now)
    with pytest.raises(NotFound, match="did you mean 'closed'"):
        plane.desk.try_channel("close", actor="t", now=plane.now)


def test_a_test_of_a_channel_arrives_without_an_alert(plane: Plane, hook: Hook, mailbox: Mailbox) -> None:
    declare(plane.engine, channel("hook", hook.url), channel("mail", mailbox.url))
    plane.desk.try_channel("hook", actor="t", now=plane.now)
    plane.desk.try_channel("mail", actor="t", now=plane.now)
    assert (hook.received[0].json["kind"], hook.received[0].json["alerts"]) == ("test", [])
    assert "This is a test" in text_of(mailbox.mails[0])


def test_secrets_are_in_no_fault_and_in_no_log(
    plane: Plane, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    declare(
        plane.engine,
        budget(),
        channel("json", f"json://someone:pass-word-1@127.0.0.1:{hook.port}/path-token-1", secret="none"),
        channel("hook", hook.url, secret="literal:sign-secret-1"),
        channel(
            "mail",
            "mailto://someone:pass-word-1@example.com?smtp=127.0.0.1:1&to=a@example.com",
            secret="none",
        ),
    )
    hook.statuses += [500, 500]
    plane.look(account(85))
    plane.deliver()
    faults = {each.channel: each.fault for each in plane.desk.messages(limit=5)}
    assert faults["json"].startswith("JSON did not take it: ")
    assert faults["mail"].startswith("E-Mail did not take it: ")
    assert all(faults.values())
    said = caplog.text + str(faults)
    for secret in ("pass-word-1", "path-token-1", "sign-secret-1"):
        assert secret not in said


def test_a_channel_that_hangs_holds_up_no_other_one(plane: Plane, hook: Hook) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never answers
        url = f"webhook+http://127.0.0.1:{silent.getsockname()[1]}/"
        declare(plane.engine, budget(), channel("hangs", url), channel("hook", hook.url))
        plane.look(account(85))
        plane.courier.deliver(Turn(now=plane.now, fence=unfenced))
        assert hook.arrived.wait(3)
        states = {each.channel: each.state for each in plane.desk.messages(limit=5)}
        assert states["hangs"] == "waiting"
        connection, _ = silent.accept()
        connection.close()
    plane.courier.close()
    faults = {each.channel: each.fault for each in plane.desk.messages(limit=5)}
    assert (bool(faults["hangs"]), faults["hook"]) == (True, "")


def test_waits_double_up_to_a_quarter_of_an_hour_and_are_spread() -> None:
    assert [wait_us(n, b"\xff\xff") // SECOND_US for n in (1, 2, 3, 10, 60)] == [1, 3, 7, 899, 899]
    assert [wait_us(n, bytes(2)) // SECOND_US for n in (1, 2, 3, 10, 60)] == [1, 2, 4, 450, 450]
