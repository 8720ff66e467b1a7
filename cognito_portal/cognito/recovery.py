"""Ways back in: a forgotten password, and an account that was never confirmed."""

from cognito_portal.cognito import replies
from cognito_portal.cognito.calls import CODE_CAP, PASSWORD_CAP, USERNAME_CAP, Calls, within
from cognito_portal.cognito.types import CodeSent, Receipt


class RecoveryCalls(Calls):
    """What is open to anyone who gives a username; none of it signs in.

    `username` may be an alias: it is sent, and hashed, as it is given.
    """

    def forgot_password(self, *, username: str) -> CodeSent:
        """Have a code sent to the person's verified address. Unknown users may get the same answer.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html
        """
        operation = "ForgotPassword"
        return self._call(operation, self._of(operation, username), replies.code_sent)

    def confirm_forgot_password(self, *, username: str, code: str, password: str) -> Receipt:
        """Set a new password by the code. Sent once, never again.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html
        """
        operation = "ConfirmForgotPassword"
        payload = {
            **self._of(operation, username),
            "ConfirmationCode": within(operation, "ConfirmationCode", code, CODE_CAP),
            "Password": within(operation, "Password", password, PASSWORD_CAP),
        }
        return self._call(operation, payload, replies.receipt)

    def confirm_sign_up(self, *, username: str, code: str) -> Receipt:
        """Confirm an account by the code. Sent once, never again.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html
        """
        operation = "ConfirmSignUp"
        payload = {
            **self._of(operation, username),
            "ConfirmationCode": within(operation, "ConfirmationCode", code, CODE_CAP),
        }
        return self._call(operation, payload, replies.receipt)

    def resend_confirmation_code(self, *, username: str) -> CodeSent:
        """Have a new code sent that confirms the account.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html
        """
        operation = "ResendConfirmationCode"
        return self._call(operation, self._of(operation, username), replies.code_sent)

    def _of(self, operation: str, username: str) -> dict[str, str]:
        name = within(operation, "Username", username, USERNAME_CAP)
        return {"ClientId": self.client_id, "Username": name, **self._hashed(name, "SecretHash")}
