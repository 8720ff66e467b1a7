"""What the walk keeps beyond a session: remembered browsers, and codes that were used a moment ago."""

from django.db import models


class RememberedDevice(models.Model):
    """One browser that Cognito remembers for one user (decision D13).

    `token_hash` is SHA-256 of what the browser's cookie holds. `sealed` holds device key, group key and
    password, encrypted and bound to pool, sub and this row.
    """

    token_hash = models.CharField(max_length=64, primary_key=True)
    pool_id = models.CharField(max_length=64)
    sub = models.CharField(max_length=64)
    sealed = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "signin_device"
        indexes = [models.Index(fields=["pool_id", "sub"], name="signin_device_sub")]

    def __str__(self) -> str:
        return f"a browser of {self.sub} in {self.pool_id}"


class UsedCode(models.Model):
    """A code of an authenticator app that signed somebody in, for as long as it would do so again.

    `digest` is a keyed digest of person and code: neither can be read from it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "signin_used_code"

    def __str__(self) -> str:
        return f"a code used before {self.until}"
