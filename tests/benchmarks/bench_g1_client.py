"""G1: one InitiateAuth over TLS, our client against http.client, stock requests and boto3."""

import http.client
import json
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import boto3
import requests
from botocore import UNSIGNED
from botocore.config import Config

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.transport import Transport
from tests.benchmarks.measuring import cpu_us, print_table
from tests.benchmarks.stand_in import CLIENT_ID, POOL_ID, StandIn

CALLS = 200
THREADS = 64
WARM_UP_ROUNDS = 20
PAYLOAD = {
    "AuthFlow": "USER_PASSWORD_AUTH",
    "ClientId": CLIENT_ID,
    "AuthParameters": {"USERNAME": "alice@example.com", "PASSWORD": "Correct-Horse-1"},
}
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
}


def run() -> dict[str, float]:
    """Print the table and return the ratios G1 names, and the handshakes 64 threads still cause."""
    with StandIn() as stand_in:
        client = our_client(stand_in)
        costs = cpu_us(ways(stand_in, client), calls=CALLS)
        new_handshakes = steady_handshakes(stand_in, client)
    print_table("G1 InitiateAuth over TLS", costs, baseline="http.client")
    print(f"  new handshakes, {THREADS} threads, steady state: {new_handshakes}")
    ours = costs["cognito_portal"]
    return {
        "g1_client_vs_http_client": ours / costs["http.client"],
        "g1_client_vs_requests_stock": ours / costs["requests.Session stock"],
        "g1_client_vs_boto3": ours / costs["boto3 client reused"],
        "g1_new_handshakes_64_threads": new_handshakes,
    }


def our_client(stand_in: StandIn) -> CognitoClient:
    transport = Transport(stand_in.url, ca_file=stand_in.ca_file)
    return CognitoClient(transport=transport, pool_id=POOL_ID, client_id=CLIENT_ID)


def ways(stand_in: StandIn, client: CognitoClient) -> dict[str, Callable[[], object]]:
    """Return one callable per client; each keeps its connection."""
    address = urlsplit(stand_in.url)
    bare = http.client.HTTPSConnection(
        address.hostname or "", address.port, context=ssl.create_default_context(cafile=stand_in.ca_file)
    )
    session = requests.Session()
    boto = boto3.client(
        "cognito-idp",
        region_name="eu-west-1",
        endpoint_url=stand_in.url,
        verify=stand_in.ca_file,
        config=Config(signature_version=UNSIGNED),
    )

    def by_http_client() -> object:
        bare.request("POST", "/", body=json.dumps(PAYLOAD), headers=HEADERS)
        return json.loads(bare.getresponse().read())

    def by_requests() -> object:
        return session.post(
            stand_in.url + "/",
            data=json.dumps(PAYLOAD),
            headers=HEADERS,
            verify=stand_in.ca_file,
            timeout=(2, 5),
        ).json()

    return {
        "http.client": by_http_client,
        "cognito_portal": lambda: client.initiate_auth(
            username="alice@example.com", password="Correct-Horse-1"
        ),
        "requests.Session stock": by_requests,
        "boto3 client reused": lambda: boto.initiate_auth(**PAYLOAD),
    }


def steady_handshakes(stand_in: StandIn, client: CognitoClient) -> int:
    """Return how many connections 64 threads open in a round once the pool is warm."""
    barrier = threading.Barrier(THREADS)

    def calls(count: int) -> None:
        barrier.wait(60)
        for _ in range(count):
            client.initiate_auth(username="alice@example.com", password="Correct-Horse-1")

    def opened(pool: ThreadPoolExecutor) -> int:
        before = stand_in.connections()
        list(pool.map(calls, [10] * THREADS))
        return stand_in.connections() - before - 1

    with ThreadPoolExecutor(THREADS) as pool:
        # Answers come so fast that all threads are rarely in flight at once: warm is when a round opens none.
        for _ in range(WARM_UP_ROUNDS):
            if not opened(pool):
                break
        return opened(pool)


if __name__ == "__main__":
    run()
