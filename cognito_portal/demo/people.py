"""Invented people for the pool: usernames, names and addresses, never anyone real."""

from collections.abc import Iterator

# Reserved for documentation by RFC 2606, so that no mail can ever reach anyone.
MAIL_DOMAIN = "example.com"

_GIVEN = [
    "Aisha",
    "Bruno",
    "Carmen",
    "Dmitri",
    "Elif",
    "Farid",
    "Greta",
    "Hiro",
    "Ines",
    "Jonas",
    "Kavya",
    "Liam",
    "Mei",
    "Noor",
    "Olga",
    "Pablo",
    "Quynh",
    "Rosa",
    "Samir",
    "Tove",
    "Uma",
    "Viktor",
    "Wanda",
    "Xavi",
    "Yara",
]
_FAMILY = [
    "Adeyemi",
    "Bianchi",
    "Castro",
    "Dahl",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ivanova",
    "Jensen",
    "Kim",
    "Larsen",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quinn",
    "Rossi",
    "Schmidt",
    "Tanaka",
]


def people() -> Iterator[tuple[str, str]]:
    """Yield (username, full name), each different, at most 500."""
    for round_ in range(len(_FAMILY)):
        for index, given in enumerate(_GIVEN):
            family = _FAMILY[(index + round_) % len(_FAMILY)]
            yield f"{given}.{family}".lower(), f"{given} {family}"
