"""What ops may ask and do of any account: what goes out, what comes back, what is sent again and what never is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cognito_portal.cognito.administration import equals
from cognito_portal.cognito.calls import PAGES_CAP
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import (
    Cause,
    CodeDeliveryFailureError,
    CognitoRefused,
    CognitoUnavailable,
    InvalidInput,
    NoCredentials,
)
from cognito_portal.cognito.transport import READ_ONLY
from cognito_portal.cognito.types import AuthEvent, Device, Group, PoolUser, Receipt
from tests.cognito.conftest import POOL_ID, Serve, client_for
from tests.cognito.servers import answering, response
from tests.cognito.test_client import sent, signing_client
from tests.cognito.test_operations import target

MARY = {"UserPoolId": POOL_ID, "Username": "Mary"}
PAIRS = [{"Name": "email", "Value": "m@example.com"}]
COMMON = {"Username": "mary", "UserStatus": "CONFIRMED", "Enabled": True, "UserCreateDate": 1.5}
USER = PoolUser("mary", "CONFIRMED", True, {"email": "m@example.com"}, 1.5, None, (), None)
DONE = Receipt("req-1")
GROUPS = {"Groups": [{"GroupName": "staff", "Precedence": 3}], "NextToken": None}
GROUP = (Group("staff", "", 3),)
EVENT = {
    "EventId": "e-1",
    "EventType": "SignIn",
    "EventResponse": "Fail",
    "CreationDate": 2.5,
    "EventRisk": {"RiskLevel": "High"},
    "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}],
    "EventContextData": {"IpAddress": "192.0.2.7", "City": "Lima", "Country": "Peru"},
}
OFF = {"Enabled": False, "PreferredMfa": False}


@dataclass(frozen=True)
class Case:
    """One operation: how it is called, what must go out, and what an answer must become."""

    operation: str
    call: Callable[[CognitoClient], object]
    payload: Mapping[str, Any]
    result: object = DONE
    answer: Mapping[str, Any] = field(default_factory=dict)


READS = [
    Case(
        "AdminGetUser",
        lambda c: c.admin_get_user(username="Mary"),
        MARY,
        USER,
        {**COMMON, "UserAttributes": PAIRS},
    ),
    Case(
        "ListUsers",
        lambda c: c.list_users(filter='sub = "s"', pagination_token="p"),
        {"UserPoolId": POOL_ID, "Limit": 60, "Filter": 'sub = "s"', "PaginationToken": "p"},
        ((USER,), "q"),
        {"Users": [{**COMMON, "Attributes": PAIRS}], "PaginationToken": "q"},
    ),
    Case("ListGroups", lambda c: c.list_groups(), {"UserPoolId": POOL_ID, "Limit": 60}, GROUP, GROUPS),
    Case(
        "AdminListGroupsForUser",
        lambda c: c.admin_list_groups_for_user(username="Mary"),
        {**MARY, "Limit": 60},
        GROUP,
        GROUPS,
    ),
    Case(
        "AdminListDevices",
        lambda c: c.admin_list_devices(username="Mary"),
        {**MARY, "Limit": 60},
        (Device("d-1", "", "", None, None, None),),
        {"Devices": [{"DeviceKey": "d-1"}]},
    ),
    Case(
        "AdminListUserAuthEvents",
        lambda c: c.admin_list_user_auth_events(username="Mary"),
        {**MARY, "MaxResults": 60},
        (
            AuthEvent(
                *("e-1", "SignIn", "Fail", 2.5, "High"),
                challenges=(("Password", "Failure"),),
                ip_address="192.0.2.7",
                device_name="",
                place="Lima, Peru",
            ),
        ),
        {"AuthEvents": [EVENT]},
    ),
]
ACTS = [
    Case(
        "AdminCreateUser",
        lambda c: c.admin_resend_invitation(username="Mary", medium="SMS"),
        {**MARY, "MessageAction": "RESEND", "DesiredDeliveryMediums": ["SMS"]},
    ),
    Case("AdminResetUserPassword", lambda c: c.admin_reset_user_password(username="Mary"), MARY),
    Case("AdminConfirmSignUp", lambda c: c.admin_confirm_sign_up(username="Mary"), MARY),
    Case("AdminEnableUser", lambda c: c.admin_enable_user(username="Mary"), MARY),
    Case("AdminDisableUser", lambda c: c.admin_disable_user(username="Mary"), MARY),
    Case("AdminUserGlobalSignOut", lambda c: c.admin_user_global_sign_out(username="Mary"), MARY),
    Case(
        "AdminSetUserMFAPreference",
        lambda c: c.admin_remove_factors(username="Mary", factors=("SMS_MFA", "YOUNGER_THAN_THIS")),
        {**MARY, "SMSMfaSettings": OFF},
    ),
    Case(
        "AdminUpdateUserAttributes",
        lambda c: c.admin_verify_attribute(username="Mary", attribute="email"),
        {**MARY, "UserAttributes": [{"Name": "email_verified", "Value": "true"}]},
    ),
]
ACTS += [
    Case(
        "AdminCreateUser",
        lambda c: c.admin_create_user(username="Mary", attributes={"email": "m@x"}, mediums=("EMAIL",)),
        {**MARY, "UserAttributes": [{"Name": "email", "Value": "m@x"}], "DesiredDeliveryMediums": ["EMAIL"]},
        USER,
        {"User": {**COMMON, "Attributes": PAIRS}},
    ),
    Case(
        "AdminUpdateUserAttributes",
        lambda c: c.admin_update_user_attributes(username="Mary", attributes={"name": ""}),
        {**MARY, "UserAttributes": [{"Name": "name", "Value": ""}]},
    ),
    Case("AdminDeleteUser", lambda c: c.admin_delete_user(username="Mary"), MARY),
    Case(
        "AdminAddUserToGroup",
        lambda c: c.admin_add_user_to_group(username="Mary", group="staff"),
        {**MARY, "GroupName": "staff"},
    ),
    Case(
        "AdminRemoveUserFromGroup",
        lambda c: c.admin_remove_user_from_group(username="Mary", group="staff"),
        {**MARY, "GroupName": "staff"},
    ),
    Case(
        "AdminForgetDevice",
        lambda c: c.admin_forget_device(username="Mary", device_key="d-1"),
        {**MARY, "DeviceKey": "d-1"},
    ),
]
each_case = pytest.mark.parametrize("case", [*READS, *ACTS], ids=lambda case: case.operation)
each_read = pytest.mark.parametrize("case", READS, ids=lambda case: case.operation)
each_act = pytest.mark.parametrize("case", ACTS, ids=lambda case: case.operation)
THROTTLED = response({"__type": "TooManyRequestsException"}, status=400)


@each_case
def test_call_is_signed_and_its_answer_typed(serve: Serve, case: Case) -> None:
    server = serve(answering(response(case.answer)))
    assert case.call(signing_client(server)) == case.result
    assert (target(server), sent(server)) == (case.operation, case.payload)
    assert b"\r\nauthorization: aws4-hmac-sha256" in server.requests[0].lower()


@each_case
def test_request_fits_botocores_model(serve: Serve, case: Case) -> None:
    server = serve(answering(response(case.answer)))
    case.call(signing_client(server))
    model = botocore.session.get_session().get_service_model("cognito-idp").operation_model(case.operation)
    report = ParamValidator().validate(sent(server), model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert set(sent(server)) <= set(model.input_shape.members)
    assert set(model.input_shape.required_members) <= set(sent(server))


@each_case
def test_without_credentials_no_call_is_made(serve: Serve, case: Case) -> None:
    server = serve(answering(response(case.answer)))
    with pytest.raises(NoCredentials):
        case.call(client_for(server))
    assert server.requests == []


@each_case
def test_lacking_iam_action_is_told_by_its_operation(serve: Serve, case: Case) -> None:
    denied = {"__type": "AccessDeniedException", "message": "User is not authorized to perform this."}
    client = signing_client(serve(answering(response(denied, status=400))))
    with pytest.raises(CognitoRefused) as raised:
        case.call(client)
    assert (raised.value.meaning.cause, raised.value.operation) == (Cause.ACCESS_DENIED, case.operation)


@pytest.mark.parametrize(
    "case", [case for case in [*READS, *ACTS] if case.answer], ids=lambda case: case.operation
)
def test_odd_answer_is_no_answer(serve: Serve, case: Case) -> None:
    odd = dict.fromkeys(case.answer, 7)
    with pytest.raises(CognitoUnavailable) as raised:
        case.call(signing_client(serve(answering(response(odd)))))
    assert raised.value.kind == "garbage"


@each_read
def test_reading_is_sent_again_after_throttling(serve: Serve, case: Case) -> None:
    server = serve(answering(THROTTLED, response(case.answer)))
    assert case.call(signing_client(server)) == case.result
    assert len(server.requests) == 2


@each_act
@pytest.mark.parametrize("status", [400, 500])
def test_act_is_never_sent_again(serve: Serve, case: Case, status: int) -> None:
    answer = THROTTLED if status == 400 else response({"__type": "InternalErrorException"}, status=500)
    server = serve(answering(answer, response(case.answer)))
    with pytest.raises((CognitoRefused, CognitoUnavailable)):
        case.call(signing_client(server))
    assert len(server.requests) == 1
    assert case.operation not in READ_ONLY


def test_accounts_are_found_over_a_page_with_fewer_rows_than_asked_for(serve: Serve) -> None:
    user = {**COMMON, "Attributes": PAIRS}
    empty, full = {"Users": [], "PaginationToken": "p"}, {"Users": [user]}
    client = signing_client(serve(answering(response(empty), response(full))))
    assert client.find_users(attribute="email", value="m@example.com") == (USER,)


def test_account_of_an_undelivered_invitation_is_told_apart_by_its_cause(serve: Serve) -> None:
    failed = {"__type": "CodeDeliveryFailureException", "message": "Failed to send."}
    client = signing_client(serve(answering(response(failed, status=400))))
    with pytest.raises(CodeDeliveryFailureError) as raised:
        client.admin_resend_invitation(username="mary", medium="EMAIL")
    assert raised.value.meaning.cause is Cause.CODE_DELIVERY


INVALID: list[tuple[str, Callable[[CognitoClient], object]]] = [
    ("Username", lambda c: c.admin_enable_user(username="")),
    ("Username", lambda c: c.admin_get_user(username="u" * 129)),
    ("Filter", lambda c: c.list_users(filter="f" * 257)),
    ("Filter", lambda c: c.find_users(attribute="email", value="a\0b")),
    ("GroupName", lambda c: c.admin_add_user_to_group(username="u", group="")),
    ("email", lambda c: c.admin_update_user_attributes(username="u", attributes={"email": "x" * 2049})),
    ("DeviceKey", lambda c: c.admin_forget_device(username="u", device_key="")),
]


@pytest.mark.parametrize(("field_name", "call"), INVALID)
def test_value_outside_cognitos_limits_makes_no_call(
    serve: Serve, field_name: str, call: Callable[[CognitoClient], object]
) -> None:
    server = serve(answering(response({})))
    with pytest.raises(InvalidInput) as raised:
        call(signing_client(server))
    assert (raised.value.field, server.requests) == (field_name, [])


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.admin_verify_attribute(username="u", attribute="name"),
        lambda c: c.find_users(attribute="custom:x", value="y"),
    ],
)
def test_attribute_that_is_none_of_these_makes_no_call(
    serve: Serve, call: Callable[[CognitoClient], object]
) -> None:
    server = serve(answering(response({})))
    with pytest.raises(ValueError, match=r"searched for|never verified"):
        call(signing_client(server))
    assert server.requests == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ann", 'email = "ann"'),
        ('a"b', 'email = "a\\"b"'),
        ("a\\b", 'email = "a\\\\b"'),
        ('\\"', 'email = "\\\\\\""'),
    ],
)
def test_nobody_gets_out_of_the_filters_quotes(value: str, expected: str) -> None:
    assert equals("email", value) == expected


def test_list_that_has_no_end_ends(serve: Serve) -> None:
    server = serve(answering(response({"Users": [], "PaginationToken": "again"})))
    assert signing_client(server).find_users(attribute="email", value="x") == ()
    assert len(server.requests) == PAGES_CAP
