"""Checks the SigV4 signature of an operation that needs AWS credentials.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hmac
import re
import time
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cognito_portal.demo.wire import CognitoError, Headers

SERVICE = "cognito-idp"
MAX_SKEW_S = 300

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request, ?SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


def check(headers: Headers, body: bytes, *, access_key_id: str, secret_access_key: str, region: str) -> None:
    """Raise as AWS does unless the headers sign this body with the given key.

    The time of signing is held to the machine's own clock, not to the movable one.
    """
    match = _AUTHORIZATION.fullmatch(headers.get("Authorization") or "")
    if match is None:
        raise CognitoError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if match["key"] != access_key_id:
        raise CognitoError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    signed_at = headers.get("X-Amz-Date") or ""
    _check_time(signed_at)
    request = AWSRequest("POST", f"http://{headers.get('Host')}/", data=body)
    for name in match["headers"].split(";"):
        request.headers[name] = headers.get(name) or ""
    request.context["timestamp"] = signed_at
    signer = SigV4Auth(Credentials(access_key_id, secret_access_key), SERVICE, region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    if not hmac.compare_digest(signer.signature(text, request), match["signature"]):
        raise CognitoError(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )


def _check_time(signed_at: str) -> None:
    try:
        at = datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise CognitoError("IncompleteSignatureException", "Date must be in ISO-8601 basic format.") from None
    if abs(time.time() - at) > MAX_SKEW_S:
        raise CognitoError("InvalidSignatureException", f"Signature expired or not yet current: {signed_at}")
