"""Reading what a pool and its app client are set up to do. All of it is signed."""

from cognito_portal.cognito import settings_replies
from cognito_portal.cognito.calls import Calls
from cognito_portal.cognito.transport import Timeouts
from cognito_portal.cognito.types import ClientSettings, MfaConfig, PoolSettings


class SettingsCalls(Calls):
    """The pool's settings. Every method raises `NoCredentials` where there is nothing to sign with."""

    def describe_user_pool(self, *, timeouts: Timeouts | None = None) -> PoolSettings:
        """Read the pool's settings, allow-listed.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html
        """
        payload = {"UserPoolId": self.pool_id}
        return self._signed_call("DescribeUserPool", payload, settings_replies.pool_settings, timeouts)

    def describe_user_pool_client(self, *, timeouts: Timeouts | None = None) -> ClientSettings:
        """Read the app client's settings, allow-listed, without its secret.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolClient.html
        """
        payload = {"UserPoolId": self.pool_id, "ClientId": self.client_id}
        return self._signed_call(
            "DescribeUserPoolClient", payload, settings_replies.client_settings, timeouts
        )

    def get_user_pool_mfa_config(self, *, timeouts: Timeouts | None = None) -> MfaConfig:
        """Read which factors the pool offers, allow-listed.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolMfaConfig.html
        """
        payload = {"UserPoolId": self.pool_id}
        return self._signed_call("GetUserPoolMfaConfig", payload, settings_replies.mfa_config, timeouts)
