"""How a state of a page is reached from another one."""

from collections.abc import Callable

from tests.browser.walking import Person

Reach = Callable[[Person], None]


def at(path: str) -> Reach:
    return lambda person: person.open(path)


def pressed(path: str, button: str) -> Reach:
    def reach(person: Person) -> None:
        person.open(path)
        person.press(button)
        person.sees_problem("There is a problem")

    return reach


def also(reach: Reach, button: str, problem: str = "There is a problem") -> Reach:
    """The same page after a button that is refused, with nothing more typed."""

    def more(person: Person) -> None:
        reach(person)
        person.press(button)
        person.sees_problem(problem)

    return more


def wrong_code(reach: Reach, button: str = "Continue") -> Reach:
    """The same page after a code that is not the right one."""

    def more(person: Person) -> None:
        reach(person)
        person.enter_code("000000", button)
        person.sees_problem("There is a problem")

    return more
