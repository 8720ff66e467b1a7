"""What whoever is signed in does to their own account, by access token."""

from tests.stub.answers import check_policy
from tests.stub.model import Body, Refusal, StubUser
from tests.stub.pool import Pool, required

_CONTACTS = {"email": "EMAIL", "phone_number": "SMS"}
_FIXED = frozenset({"sub", "email_verified", "phone_number_verified"})


def _attributes(user: StubUser) -> dict[str, str]:
    known = {"sub": user.sub, "email": user.alias, "phone_number": user.phone} | user.attributes
    for contact in _CONTACTS:
        known[f"{contact}_verified"] = "true" if contact in user.verified else "false"
    return known


def get_user(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    told: Body = {
        "Username": user.username,
        "UserAttributes": [{"Name": name, "Value": value} for name, value in _attributes(user).items()],
    }
    if user.mfa:
        told["UserMFASettingList"] = sorted(user.mfa)
    if user.preferred_mfa:
        told["PreferredMfaSetting"] = user.preferred_mfa
    return told


def change_password(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    check_policy(required(body, "ProposedPassword"))
    # Whoever never had a password sends none.
    if body.get("PreviousPassword", "") != user.password:
        raise Refusal("NotAuthorizedException", "credentials")
    user.password = body["ProposedPassword"]
    return {}


def update_attributes(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    given = {each["Name"]: each.get("Value", "") for each in required(body, "UserAttributes")}
    if _FIXED & given.keys():
        raise Refusal("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    sent = []
    for name, value in given.items():
        if name in _CONTACTS and value:
            sent.append(_code(user, name))
            user.pending[name] = value
        if name not in _CONTACTS or not pool.ways.verify_before_update:
            _store(user, name, value)
    return {"CodeDeliveryDetailsList": sent}


def _store(user: StubUser, name: str, value: str) -> None:
    user.verified.discard(name)
    if value:
        user.attributes[name] = value
    else:
        user.attributes.pop(name, None)


def delete_attributes(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    for name in required(body, "UserAttributeNames"):
        _store(user, name, "")
    return {}


def _code(user: StubUser, name: str) -> Body:
    user.new_code(name)
    return {"Destination": "u***@e***", "DeliveryMedium": _CONTACTS[name], "AttributeName": name}


def send_attribute_code(pool: Pool, body: Body) -> Body:
    user, name = pool.owner_of(body), required(body, "AttributeName")
    if name not in _CONTACTS:
        raise Refusal("InvalidParameterException", f"{name} cannot be verified")
    return {"CodeDeliveryDetails": _code(user, name)}


def verify_attribute(pool: Pool, body: Body) -> Body:
    user, name, code = pool.owner_of(body), required(body, "AttributeName"), required(body, "Code")
    if name not in user.codes:
        raise Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
    if code != user.codes[name]:
        raise Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")
    del user.codes[name]
    if name in user.pending:
        user.attributes[name] = user.pending.pop(name)
    user.verified.add(name)
    return {}
