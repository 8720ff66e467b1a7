"""Changes to a person's attributes, and the codes that verify the addresses among them.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
"""

from collections.abc import Mapping

from cognito_portal.account.flows import act
from cognito_portal.account.telling import tell, verified_email
from cognito_portal.account.visit import Visit
from cognito_portal.audit.events import Event
from cognito_portal.cognito.types import CodeSent
from cognito_portal.mail import What


def save_details(visit: Visit, *, turn: int, attributes: Mapping[str, str]) -> None:
    """Write attributes that are no contact; an empty value takes one away.

    Raises what `flows.act` raises, as every function here.
    """
    act(
        visit,
        event=Event.ACCOUNT_ATTRIBUTES_CHANGED,
        step="UpdateUserAttributes",
        turn=turn,
        send=lambda token: visit.client.update_user_attributes(access_token=token, attributes=attributes),
        then=lambda _: visit.keep(notice="details_changed"),
    )


def change_contact(visit: Visit, *, turn: int, attribute: str, value: str) -> None:
    """Give another e-mail address or phone number; the address that was verified until now is told.

    Whether the old one stays until the new one is verified is the pool's to say; a code is on its way where
    Cognito sends one by itself.
    """
    address = verified_email(visit)

    def then(sent: CodeSent) -> None:
        if sent.deliveries:
            visit.keep(notice="contact_changed", **{attribute: value})
        else:
            visit.keep(notice="contact_saved", **{attribute: None})

    act(
        visit,
        event=Event.ACCOUNT_CONTACT_CHANGED,
        step="UpdateUserAttributes",
        turn=turn,
        send=lambda token: visit.client.update_user_attributes(
            access_token=token, attributes={attribute: value}
        ),
        then=then,
    )
    tell(visit, address, What.CONTACT_CHANGED)


def send_code(visit: Visit, *, turn: int, attribute: str) -> None:
    """Have a code sent that verifies an e-mail address or phone number."""
    act(
        visit,
        event=Event.ACCOUNT_CODE_SENT,
        step="GetUserAttributeVerificationCode",
        turn=turn,
        send=lambda token: visit.client.get_user_attribute_verification_code(
            access_token=token, attribute=attribute
        ),
        then=lambda _: visit.keep(notice="code_sent"),
    )


def verify_contact(visit: Visit, *, turn: int, attribute: str, code: str) -> None:
    """Verify an e-mail address or phone number with the code that was sent."""
    act(
        visit,
        event=Event.ACCOUNT_ATTRIBUTE_VERIFIED,
        step="VerifyUserAttribute",
        turn=turn,
        send=lambda token: visit.client.verify_user_attribute(
            access_token=token, attribute=attribute, code=code
        ),
        then=lambda _: visit.keep(notice="verified", **{attribute: None}),
    )
