"""Every page of the desk's acts that asks for more than a reason, and of invitations, in every state."""

import secrets

from playwright.sync_api import expect

from tests.browser.reaching import Reach
from tests.browser.walking import Person
from tests.demo.conftest import Caller
from tests.demo.test_devices import Device

REASON = "INC-4711"


def group_of(api: Caller, *members: str) -> str:
    """A group of the pool with these members."""
    name = "desk-" + secrets.token_hex(4)
    api.signed("CreateGroup", GroupName=name, Description="Whoever sells in the north")
    for username in members:
        api.signed("AdminAddUserToGroup", GroupName=name, Username=username)
    return name


def at_desk(person: Person, username: str) -> None:
    person.sign_in_as_help_desk()
    person.find(username)
    person.sees(username)


def invite(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.follow("Invite a person")
    person.sees("Invite a person")


def fill_in_invitation(person: Person) -> str:
    username = "i" + secrets.token_hex(6)
    person.field("Username").fill(username)
    person.page.get_by_label("E-mail address").first.fill(f"{username}@example.com")
    person.page.get_by_label("Full name").fill("Ina Invited")
    person.field("Reason").fill(REASON)
    return username


def invite_nothing_typed(person: Person) -> None:
    invite(person)
    person.press("Invite")
    person.sees_problem("There is a problem")


def invite_somebody_like(person: Person) -> None:
    username = person.site.api.confirm()
    invite(person)
    fill_in_invitation(person)
    person.field("Username").fill(username.upper())
    person.press("Invite")
    expect(person.page.get_by_role("heading", name="Do they have an account already?")).to_be_visible()


def invite_somebody_who_is_there(person: Person) -> None:
    username = person.site.api.confirm()
    invite(person)
    fill_in_invitation(person)
    person.field("Username").fill(username)
    person.press("Invite")
    person.sees_problem("There is an account of this name already.")


def invited(person: Person) -> None:
    invite(person)
    username = fill_in_invitation(person)
    person.press("Invite")
    person.is_told("its invitation is on its way")
    person.sees(username)


def wanted_in_vain(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.find("nobody-of-this-name")
    person.press("Invite them")
    person.sees("Invite a person")
    expect(person.field("Username")).to_have_value("nobody-of-this-name")


def act_of(name: str, username: str, person: Person) -> None:
    at_desk(person, username)
    person.page.get_by_role("link", name=name, exact=True).last.click()
    person.sees(name)


def edit(person: Person) -> None:
    act_of("Edit the attributes", person.site.api.confirm(phone_number="+12025550150"), person)


def edit_refused(person: Person) -> None:
    edit(person)
    person.page.get_by_label("Full name").fill("")
    person.page.get_by_text("Further attributes").click()
    person.page.get_by_label("Date of birth").fill("1990-12-31")
    person.press("Edit the attributes")
    person.sees_problem("Fill in this field.")
    expect(person.page.get_by_label("Date of birth")).to_be_visible()


def join_group(person: Person) -> None:
    group_of(person.site.api)
    act_of("Add to a group", person.site.api.confirm(), person)


def join_group_none_chosen(person: Person) -> None:
    join_group(person)
    person.field("Reason").fill(REASON)
    person.press("Add to a group")
    person.sees_problem("Choose one.")


def leave_no_group(person: Person) -> None:
    act_of("Take out of a group", person.site.api.confirm(), person)
    expect(person.page.get_by_text("The account is in no group.")).to_be_visible()


def with_device(person: Person) -> str:
    username = person.site.api.confirm()
    Device(person.site.api, username).remember()
    return username


def forget_device(person: Person) -> None:
    act_of("Forget a device", with_device(person), person)


def forget_device_none_chosen(person: Person) -> None:
    forget_device(person)
    person.press("Forget a device")
    person.sees_problem("Choose one.")


def resend(person: Person) -> None:
    act_of("Resend the invitation", person.site.api.invite(phone_number="+12025550151"), person)
    person.page.get_by_label("By text message").check()


def delete(person: Person) -> None:
    act_of("Delete the account", person.site.api.confirm(), person)


def delete_refused(person: Person) -> None:
    delete(person)
    person.page.get_by_label("Type the username to delete it").fill("somebody-else")
    person.press("Delete the account")
    person.sees_problem("This is not the username")


def deleted(person: Person) -> None:
    username = person.site.api.confirm()
    act_of("Delete the account", username, person)
    person.page.get_by_label("Type the username to delete it").fill(username)
    person.field("Reason").fill(REASON)
    person.press("Delete the account")
    person.is_told("The account is deleted.")


def records(person: Person) -> None:
    username = with_device(person)
    group_of(person.site.api, username)
    at_desk(person, username)
    person.follow("Show groups, devices and Cognito’s own sign-in events")
    person.sees("Groups, devices and sign-ins")


def settings(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.open("/ops/settings/")
    person.sees("Settings of the app client")


ACTS: dict[str, Reach] = {
    "invite": invite,
    "invite, nothing typed": invite_nothing_typed,
    "invite, somebody like them": invite_somebody_like,
    "invite, somebody who is there": invite_somebody_who_is_there,
    "invite, looked for in vain": wanted_in_vain,
    "invited": invited,
    "edit": edit,
    "edit, refused": edit_refused,
    "join group": join_group,
    "join group, none chosen": join_group_none_chosen,
    "leave group, in none": leave_no_group,
    "forget device": forget_device,
    "forget device, none chosen": forget_device_none_chosen,
    "resend by choice": resend,
    "delete": delete,
    "delete, refused": delete_refused,
    "deleted": deleted,
    "records": records,
    "settings of the app client": settings,
}
