"""The pages that ask for a fresh sign-in, and come back to themselves after it.

A name stands in the address of the sign-in page (`?again=factors`), never an address: nobody can be sent
anywhere else (OWASP: unvalidated redirects).
"""

AGAIN: dict[str, str] = {
    "details": "account:details",
    "factors": "account:factors",
    "passkeys": "account:passkeys",
    "password": "account:password",
}
