import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider

from cognito_portal.cognito.endpoints import endpoint_for, issuer_for


@pytest.fixture(scope="module")
def botocore_rules() -> tuple[EndpointProvider, list[str]]:
    """botocore's own resolver for this service, and every real region it lists."""
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    rules = loader.load_service_model("cognito-idp", "endpoint-rule-set-1")
    regions = [
        region
        for partition in partitions["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    ]
    return EndpointProvider(rules, partitions), regions


@pytest.mark.parametrize("fips", [False, True])
def test_every_region_gets_botocores_endpoint(
    botocore_rules: tuple[EndpointProvider, list[str]], fips: bool
) -> None:
    provider, regions = botocore_rules
    assert len(regions) > 30
    for region in regions:
        expected = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=False).url
        assert endpoint_for(region, fips=fips) == expected


@pytest.mark.parametrize(
    "region",
    ["", "EU-WEST-1", "eu-west-1.evil.example", "evil.example/#", "eu-west-1\n", "eu_west_1", "global"],
)
def test_what_is_no_region_makes_no_host(region: str) -> None:
    with pytest.raises(ValueError, match="Not an AWS region"):
        endpoint_for(region)


def test_issuer_is_the_standard_host_with_the_pool() -> None:
    expected = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_ExAmPlE12"
    assert issuer_for("eu-west-1", "eu-west-1_ExAmPlE12") == expected


def test_issuer_in_china_has_the_suffix_of_china() -> None:
    assert issuer_for("cn-north-1", "cn-north-1_a").startswith(
        "https://cognito-idp.cn-north-1.amazonaws.com.cn/"
    )
