"""The wire form, and what is let in at all."""

import json
import uuid
from urllib.parse import urlsplit

import pytest
import requests
from urllib3 import HTTPConnectionPool

from cognito_portal.demo.loopback import LoopbackHandler, LoopbackServer

from .conftest import Caller

UNKNOWN = ("UnknownOperationException", "Unknown operation.")


def test_refusal_has_the_aws_wire_form(api: Caller) -> None:
    answer = api.sign_in("active", "wrong")
    headers = answer.response.headers
    assert answer.response.status_code == 400
    assert answer.body == {
        "__type": "NotAuthorizedException",
        "message": "Incorrect username or password.",
    }
    assert headers["x-amzn-errortype"] == "NotAuthorizedException"
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert uuid.UUID(headers["x-amzn-requestid"])


def test_success_has_request_id_and_content_type(api: Caller) -> None:
    headers = api.signed("DescribeUserPool").response.headers
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert uuid.UUID(headers["x-amzn-requestid"])
    assert "x-amzn-errortype" not in headers


def test_request_ids_differ(api: Caller) -> None:
    ids = {api.sign_in("active", "wrong-" + str(n)).response.headers["x-amzn-requestid"] for n in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("host", ["evil.example:80", "127.0.0.1.evil.example", "", "[::2]:80"])
def test_foreign_host_is_refused(api: Caller, host: str) -> None:
    answer = api.post("InitiateAuth", {}, {"Host": host})
    assert answer.response.status_code == 403
    assert answer.body["__type"] == "ForbiddenException"


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:99"])
def test_loopback_host_is_served(api: Caller, host: str) -> None:
    assert api.post("InitiateAuth", {}, {"Host": host}).body["__type"] == "InvalidParameterException"


def test_key_set_is_refused_to_a_foreign_host(api: Caller) -> None:
    answer = requests.get(api.cognito.jwks_url, headers={"Host": "evil.example"}, timeout=20)
    assert answer.status_code == 403


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_other_content_type_is_refused(api: Caller, content_type: str) -> None:
    assert api.post("InitiateAuth", {}, {"Content-Type": content_type}).refusal == UNKNOWN


@pytest.mark.parametrize("operation", ["NoSuchOperation", "", "initiateauth"])
def test_operation_that_cognito_lacks_is_unknown(api: Caller, operation: str) -> None:
    assert api.call(operation).refusal == UNKNOWN


def test_operation_of_another_service_is_unknown(api: Caller) -> None:
    answer = api.post("x", {}, {"X-Amz-Target": "AWSCognitoIdentityService.GetId"})
    assert answer.refusal == UNKNOWN


def test_operation_that_the_emulator_lacks_is_unknown(api: Caller) -> None:
    answer = api.signed("DescribeRiskConfiguration")
    assert answer.refusal is not None
    assert answer.refusal[0] == "UnknownOperationException"


def test_post_to_another_path_is_not_found(api: Caller) -> None:
    answer = requests.post(api.cognito.endpoint + "/x", data=b"{}", timeout=20)
    assert answer.status_code == 404


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_body_that_is_no_object_is_refused(api: Caller, content: bytes) -> None:
    answer = api.post("InitiateAuth", content, {})
    assert answer.refusal is not None
    assert answer.refusal[0] == "SerializationException"


def test_field_of_the_wrong_type_is_refused(api: Caller) -> None:
    answer = api.call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=7)
    assert answer.refusal is not None
    assert answer.refusal[0] == "SerializationException"


def test_huge_body_is_refused(api: Caller) -> None:
    answer = api.post("InitiateAuth", {"ClientId": "x" * 300_000}, {})
    assert answer.response.status_code == 413


def test_short_session_is_refused_by_its_length(api: Caller) -> None:
    code, message = api.set_password("short", "active").refusal or ("", "")
    assert code == "InvalidParameterException"
    assert message == (
        "1 validation error detected: Value at 'session' failed to satisfy constraint: "
        "Member must have length greater than or equal to 20"
    )


def test_session_of_4096_characters_is_looked_at(api: Caller) -> None:
    assert api.set_password("s" * 4096, "active").refusal == (
        "NotAuthorizedException",
        "Invalid session for the user.",
    )


def test_missing_client_id_is_refused(api: Caller) -> None:
    _, message = api.call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH").refusal or ("", "")
    assert message.endswith("Value at 'clientId' failed to satisfy constraint: Member must not be null")


@pytest.mark.parametrize("operation", ["AdminGetUser", "ListUsers", "DescribeUserPool", "CreateUserPool"])
def test_signed_operation_without_signature_is_refused(api: Caller, operation: str) -> None:
    answer = api.call(operation, UserPoolId=api.pool_id, Username="active")
    assert answer.refusal == ("MissingAuthenticationTokenException", "Missing Authentication Token")


def test_signature_with_a_wrong_secret_is_refused(api: Caller) -> None:
    body = {"UserPoolId": api.pool_id}
    headers = api.sign("DescribeUserPool", body, secret="wrong")
    assert api.post("DescribeUserPool", body, headers).body["__type"] == "InvalidSignatureException"


def test_signature_of_another_body_is_refused(api: Caller) -> None:
    headers = api.sign("DescribeUserPool", {"UserPoolId": "us-east-1_other"})
    answer = api.post("DescribeUserPool", {"UserPoolId": api.pool_id}, headers)
    assert answer.body["__type"] == "InvalidSignatureException"


def test_signature_of_another_key_is_refused(api: Caller) -> None:
    body = {"UserPoolId": api.pool_id}
    headers = api.sign("DescribeUserPool", body)
    headers["Authorization"] = headers["Authorization"].replace(api.cognito.access_key_id, "AKIAOTHER")
    assert api.post("DescribeUserPool", body, headers).body["__type"] == "UnrecognizedClientException"


def test_old_signature_is_refused(api: Caller) -> None:
    body = {"UserPoolId": api.pool_id}
    headers = api.sign("DescribeUserPool", body)
    headers["X-Amz-Date"] = "20200101T000000Z"
    assert api.post("DescribeUserPool", body, headers).refusal == (
        "InvalidSignatureException",
        "Signature expired or not yet current: 20200101T000000Z",
    )


def test_connection_is_kept_alive(api: Caller) -> None:
    with HTTPConnectionPool("127.0.0.1", urlsplit(api.cognito.endpoint).port) as pool:
        for _ in range(3):
            pool.request("GET", f"/{api.pool_id}/.well-known/jwks.json")
        assert pool.num_connections == 1


def test_front_binds_loopback_only() -> None:
    with pytest.raises(ValueError, match="loopback only"):
        LoopbackServer("0.0.0.0", 0, LoopbackHandler)


def test_unknown_pool_is_refused(api: Caller) -> None:
    answer = api.signed("AdminCreateUser", UserPoolId="us-east-1_nowhere12", Username="x")
    assert answer.refusal == (
        "ResourceNotFoundException",
        "User pool us-east-1_nowhere12 does not exist.",
    )


def test_list_users_pages_through_the_pool(api: Caller) -> None:
    page = api.signed("ListUsers", Limit=2).body
    following = api.signed("ListUsers", Limit=2, PaginationToken=page["PaginationToken"]).body
    names = [user["Username"] for user in page["Users"] + following["Users"]]
    assert names == ["expired", "newhire", "active", "disabled"]


def test_describe_user_pool_shows_policy_and_schema(api: Caller) -> None:
    pool = api.signed("DescribeUserPool").body["UserPool"]
    required = {each["Name"] for each in pool["SchemaAttributes"] if each["Required"]}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert required - {"sub"} == {"email", "name"}


def test_describe_user_pool_client_shows_session_validity(api: Caller) -> None:
    answer = api.signed("DescribeUserPoolClient", ClientId=api.client_id)
    assert answer.body["UserPoolClient"]["AuthSessionValidity"] == 5
    assert json.dumps(answer.body).count("ClientSecret") == 0
