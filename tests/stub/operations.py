"""The one table of what this Cognito can be asked."""

from collections.abc import Callable

from tests.stub import answers, describing, devices, factors, recovery, refreshing, selfservice, signin
from tests.stub.model import Body
from tests.stub.pool import Pool

OPERATIONS: dict[str, Callable[[Pool, Body], Body]] = {
    "InitiateAuth": signin.initiate,
    "AdminInitiateAuth": signin.admin_initiate,
    "RespondToAuthChallenge": answers.respond,
    "AdminRespondToAuthChallenge": answers.admin_respond,
    "AssociateSoftwareToken": factors.associate,
    "VerifySoftwareToken": factors.verify,
    "SetUserMFAPreference": factors.set_mfa_preference,
    "StartWebAuthnRegistration": factors.start_registration,
    "CompleteWebAuthnRegistration": factors.complete_registration,
    "ListWebAuthnCredentials": factors.list_credentials,
    "DeleteWebAuthnCredential": factors.delete_credential,
    "ForgotPassword": recovery.forgot_password,
    "ConfirmForgotPassword": recovery.confirm_forgot_password,
    "ConfirmSignUp": recovery.confirm_sign_up,
    "ResendConfirmationCode": recovery.resend_confirmation_code,
    "GetTokensFromRefreshToken": refreshing.get_tokens,
    "RevokeToken": refreshing.revoke,
    "GlobalSignOut": refreshing.global_sign_out,
    "GetUser": selfservice.get_user,
    "ChangePassword": selfservice.change_password,
    "UpdateUserAttributes": selfservice.update_attributes,
    "DeleteUserAttributes": selfservice.delete_attributes,
    "GetUserAttributeVerificationCode": selfservice.send_attribute_code,
    "VerifyUserAttribute": selfservice.verify_attribute,
    "ConfirmDevice": devices.confirm,
    "UpdateDeviceStatus": devices.update_status,
    "GetDevice": devices.get,
    "ListDevices": devices.list_all,
    "ForgetDevice": devices.forget,
    "GetUserPoolMfaConfig": describing.mfa_config,
    "DescribeUserPool": describing.describe_pool,
    "DescribeUserPoolClient": describing.describe_client,
}


def is_signed(operation: str) -> bool:
    """Whether AWS asks a SigV4 signature of this operation; the others must come without one."""
    return operation.startswith(("Admin", "Describe")) or operation == "GetUserPoolMfaConfig"
