"""What no page may do, whatever a test looks at: a watch over every context that a test opens."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Chromium writes this line for every page of ours whose status says that something was refused.
REFUSAL_LINE = "Failed to load resource: the server responded with a status of 4"
PAGES = ("document", "fetch")


@dataclass
class Watch:
    """Collects page errors, console errors (CSP violations among them), broken files and foreign requests."""

    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> BrowserContext:
        context.on("console", self._console)
        context.on("weberror", self._page_error)
        context.on("request", self._request)
        context.on("response", self._response)
        return context

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSAL_LINE):
            self.faults.append(f"console: {message.text}")

    def _page_error(self, error: WebError) -> None:
        self.faults.append(f"page error: {error.error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data" and address.hostname != "localhost":
            self.faults.append(f"a request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        broken = response.status >= 500 or (
            response.status >= 400 and response.request.resource_type not in PAGES
        )
        if broken:
            self.faults.append(f"{response.status} for {response.url}")
