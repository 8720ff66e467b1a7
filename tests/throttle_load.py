"""One process of several that guess one account's password at the same time: `python -m tests.throttle_load`.

Prints one JSON object: how many guesses were admitted, throttled and failed, and whether an honest person
beside them was admitted every time.
"""

import json
import secrets
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import django
from django.db import connection

django.setup()

from cognito_portal import throttle  # noqa: E402
from cognito_portal.audit import record  # noqa: E402
from cognito_portal.audit.events import Event, Outcome  # noqa: E402

POOL = "eu-west-1_TESTS"
SPELLINGS = ["victim", "Victim", " VICTIM", "ｖictim"]


def admit(typed: str, address: str) -> record.Call:
    return throttle.admit(
        event=Event.SIGNIN_STARTED,
        step="InitiateAuth",
        attempt_id=secrets.token_hex(16),
        turn=0,
        person=record.Person(pool_id=POOL, typed=typed),
        client_id="client",
        by=record.By(actor="visitor", address=address, user_agent=""),
    )


def guess(number: int) -> str:
    try:
        admit(SPELLINGS[number % len(SPELLINGS)], f"198.51.100.{number % 250}")
    except throttle.Throttled:
        return "throttled"
    except throttle.AuditUnavailable:
        return "failed"
    finally:
        connection.close()
    return "admitted"


def honest(process: str) -> str:
    try:
        call = admit(f"honest-{process}", f"203.0.113.{process}")
        record.end(call, outcome=Outcome.SUCCESS)
    except (throttle.Throttled, throttle.AuditUnavailable) as error:
        return f"honest: {error!r}"
    finally:
        connection.close()
    return "honest"


def main(process: str, guesses: int, threads: int, start_at: float) -> None:
    time.sleep(max(0.0, start_at - time.time()))
    with ThreadPoolExecutor(threads) as pool:
        results = [pool.submit(guess, number) for number in range(guesses)]
        results[guesses // 2 : guesses // 2] = [pool.submit(honest, process)]
        print(json.dumps(Counter(result.result() for result in results)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
