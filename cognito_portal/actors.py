"""Who acts in a request, and from which address, as the audit log names them."""

from django.conf import settings
from django.http import HttpRequest
from python_ipware import IpWare

from cognito_portal.audit.record import By

VISITOR = "visitor"
MAX_FORWARDED_BYTES = 1024


def client_address(request: HttpRequest) -> str:
    """The visitor's IP address as text, never one that the visitor could choose (ASVS 4.1.3).

    With TRUSTED_PROXY_COUNT proxies in front, the entry of X-Forwarded-For that the outermost of them
    wrote; otherwise, and where that header is malformed, the peer of the connection.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    if not settings.TRUSTED_PROXY_COUNT or not forwarded or len(forwarded) > MAX_FORWARDED_BYTES:
        return peer
    # The proxy before us is the peer itself, so the header ends with count - 1 proxies and the visitor.
    entries = [entry.strip() for entry in forwarded.split(",")]
    if len(entries) < settings.TRUSTED_PROXY_COUNT:
        return peer
    visitor = entries[-settings.TRUSTED_PROXY_COUNT]
    address, _ = IpWare(precedence=("HTTP_X_FORWARDED_FOR",)).get_client_ip(
        meta={"HTTP_X_FORWARDED_FOR": visitor}
    )
    return str(address) if address else peer


def actor(request: HttpRequest) -> By:
    """Whoever acts in this request: a member of staff, or a visitor."""
    by = visitor(request)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return by
    return By(actor=f"staff:{user.pk}", address=by.address, user_agent=by.user_agent)


def visitor(request: HttpRequest) -> By:
    """The person in front of the walk: none of the staff, whoever they turn out to be."""
    return By(
        actor=VISITOR,
        address=client_address(request),
        user_agent=str(request.META.get("HTTP_USER_AGENT", "")),
    )
