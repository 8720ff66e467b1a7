"""Where a user pool's API answers, and what its tokens name as their issuer."""

import re

# Of the partitions of AWS, only the region's prefix tells which one it is in.
_DNS_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-iso-", "c2s.ic.gov"),
)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")


def endpoint_for(region: str, *, fips: bool = False) -> str:
    """Return the base URL of Cognito user pools in `region`, without a trailing slash.

    Follows the `cognito-idp` rule set that botocore ships. Raises ValueError for what is no region name:
    the name becomes part of a host that passwords are sent to.
    https://docs.aws.amazon.com/general/latest/gr/cognito_identity.html
    """
    if not _REGION.fullmatch(region):
        raise ValueError(f"Not an AWS region: {region!r}")
    suffix = next((suffix for prefix, suffix in _DNS_SUFFIXES if region.startswith(prefix)), "amazonaws.com")
    service = "cognito-idp-fips" if fips else "cognito-idp"
    return f"https://{service}.{region}.{suffix}"


def issuer_for(region: str, pool_id: str) -> str:
    """Return the `iss` that AWS writes into the tokens of a pool with the original issuer type.

    It does not follow a FIPS or custom endpoint. Pools with the updated issuer type need a setting.
    """
    return f"{endpoint_for(region)}/{pool_id}"
