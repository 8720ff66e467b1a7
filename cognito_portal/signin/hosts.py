"""Where passkeys work: at the relying party's own host, and below it (WebAuthn Level 2, section 5.1.3)."""

from django.http import HttpRequest
from django.http.request import split_domain_port


def host_of(request: HttpRequest) -> str:
    """The host that the browser asked, without its port; Django has checked it against ALLOWED_HOSTS."""
    return split_domain_port(request.get_host())[0]


def is_passkey_host(host: str, relying_party_id: str | None) -> bool:
    """Whether a page of this host may use passkeys of that relying party; yes where it is not known.

    `host` is without port. A browser takes no address in numbers for a relying party's host.
    """
    if not relying_party_id:
        return True
    host, relying_party_id = host.lower(), relying_party_id.lower()
    return host == relying_party_id or host.endswith(f".{relying_party_id}")
