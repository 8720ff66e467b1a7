from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import CredentialRetrievalError

from cognito_portal.cognito.errors import NoCredentials
from cognito_portal.cognito.signing import AwsSigner
from cognito_portal.cognito.transport import Transport
from tests.cognito.conftest import Serve
from tests.cognito.servers import answering, response

HEADERS = {"X-Amz-Target": "AWSCognitoIdentityProviderService.DescribeUserPool"}
SECRET_KEY = "canary-secret-key"


class Session:
    """A botocore session that holds `found`, or fails."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self.asked = 0

    def get_credentials(self) -> Any:
        self.asked += 1
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def test_request_as_sent_verifies_with_the_same_key(serve: Serve) -> None:
    server = serve(answering(response()))
    signer = AwsSigner("eu-west-1", session=Session(Credentials("AKID", SECRET_KEY, "token")))
    Transport(server.url).call("DescribeUserPool", {"UserPoolId": "eu-west-1_a"}, signer=signer)
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    sent = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert sent["X-Amz-Security-Token"] == "token"

    # What AWS does: build the signature again out of what arrived.
    signed_names = sent["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    arrived = {name.lower(): value for name, value in sent.items()}
    request = AWSRequest(
        "POST", server.url + "/", {name: arrived[name] for name in signed_names}, body.encode()
    )
    request.context["timestamp"] = sent["X-Amz-Date"]
    auth = SigV4Auth(Credentials("AKID", SECRET_KEY, "token"), "cognito-idp", "eu-west-1")
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert sent["Authorization"].endswith(f"Signature={signature}")
    assert {"host", "x-amz-target", "x-amz-date"} <= set(signed_names)


def test_long_lived_key_adds_no_token() -> None:
    signer = AwsSigner("eu-west-1", session=Session(Credentials("AKID", SECRET_KEY)))
    assert set(signer.headers_for(url="https://h/", body=b"{}", headers=HEADERS)) == {
        "Authorization",
        "X-Amz-Date",
    }


@pytest.mark.parametrize("found", [None, CredentialRetrievalError(provider="x", error_msg="canary")])
def test_chain_without_credentials_names_the_operation(found: object) -> None:
    with pytest.raises(NoCredentials) as raised:
        AwsSigner("eu-west-1", session=Session(found)).headers_for(
            url="https://h/", body=b"", headers=HEADERS
        )
    assert raised.value.operation == "DescribeUserPool"
    assert "canary" not in str(raised.value)


def test_signer_shows_no_key() -> None:
    signer = AwsSigner("eu-west-1", session=Session(Credentials("AKID", SECRET_KEY)))
    headers = signer.headers_for(url="https://h/", body=b"{}", headers=HEADERS)
    assert SECRET_KEY not in repr(signer) + repr(headers)


def test_missing_credentials_are_not_looked_for_at_every_call() -> None:
    session = Session(None)
    signer = AwsSigner("eu-west-1", session=session)
    for _ in range(3):
        with pytest.raises(NoCredentials):
            signer.headers_for(url="https://h/", body=b"", headers=HEADERS)
    assert session.asked == 1
