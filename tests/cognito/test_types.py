import botocore.session
import pytest
from botocore.model import ServiceModel

from cognito_portal.cognito.types import AuthFlow, ChallengeName


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("cognito-idp")


def test_challenges_are_those_of_botocores_model(model: ServiceModel) -> None:
    assert set(ChallengeName) == set(model.shape_for("ChallengeNameType").enum)


def test_flows_are_in_botocores_model(model: ServiceModel) -> None:
    assert set(AuthFlow) <= set(model.shape_for("AuthFlowType").enum)
