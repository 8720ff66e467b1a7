"""The demo pool and its app clients, made through Cognito's public JSON API."""

from dataclasses import dataclass

from cognito_portal.demo.signed_api import Api
from cognito_portal.demo.wire import Body

TEMPORARY_DAYS = 7
SESSION_MINUTES = 5
ROTATION_GRACE_S = 10
_PASSWORD = "ALLOW_USER_PASSWORD_AUTH"
_SRP = "ALLOW_USER_SRP_AUTH"
_REFRESH = "ALLOW_REFRESH_TOKEN_AUTH"
_FLOWS = [_PASSWORD, _SRP, _REFRESH, "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH"]


@dataclass(frozen=True)
class SeededPool:
    """Ids of the demo pool and its app clients.

    ``client_id`` and ``secret_client_id`` allow every flow; ``srp_client_id`` allows SRP alone;
    ``rotating_client_id`` rotates its refresh tokens.
    """

    user_pool_id: str
    client_id: str
    secret_client_id: str
    client_secret: str
    srp_client_id: str
    rotating_client_id: str


def create_pool(api: Api) -> SeededPool:
    """Create the pool ``demo`` and its app clients: public, with a secret, SRP alone, rotating."""
    pool_id = api(
        "CreateUserPool",
        PoolName="demo",
        Policies={
            "PasswordPolicy": _policy(),
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]},
        },
        Schema=[
            {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
            {"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True},
            {"Name": "department", "AttributeDataType": "String", "Mutable": True},
            {"Name": "employee_id", "AttributeDataType": "String", "Mutable": False},
        ],
        AliasAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        MfaConfiguration="OPTIONAL",
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": False},
    )["UserPool"]["Id"]
    api(
        "SetUserPoolMfaConfig",
        UserPoolId=pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsAuthenticationMessage": "Your code is {####}"},
        EmailMfaConfiguration={"Subject": "Your code", "Message": "Your code is {####}"},
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "preferred"},
    )
    return _create_clients(api, pool_id)


def _policy() -> Body:
    return {
        "MinimumLength": 8,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "PasswordHistorySize": 3,
        "TemporaryPasswordValidityDays": TEMPORARY_DAYS,
    }


def _create_clients(api: Api, pool_id: str) -> SeededPool:
    public = _create_client(api, pool_id, name="portal", flows=_FLOWS)
    confidential = _create_client(api, pool_id, name="portal-with-secret", flows=_FLOWS, GenerateSecret=True)
    srp_only = _create_client(api, pool_id, name="portal-srp-only", flows=[_SRP, _REFRESH])
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": ROTATION_GRACE_S}
    # A client that rotates may not allow the older way to renew tokens.
    flows = [flow for flow in _FLOWS if flow != _REFRESH]
    rotating = _create_client(
        api, pool_id, name="portal-rotating", flows=flows, RefreshTokenRotation=rotation
    )
    return SeededPool(
        user_pool_id=pool_id,
        client_id=public["ClientId"],
        secret_client_id=confidential["ClientId"],
        client_secret=confidential["ClientSecret"],
        srp_client_id=srp_only["ClientId"],
        rotating_client_id=rotating["ClientId"],
    )


def _create_client(api: Api, pool_id: str, *, name: str, flows: list[str], **settings: object) -> Body:
    answer = api(
        "CreateUserPoolClient",
        UserPoolId=pool_id,
        ClientName=name,
        ExplicitAuthFlows=flows,
        AuthSessionValidity=SESSION_MINUTES,
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
        **settings,
    )
    client: Body = answer["UserPoolClient"]
    return client
