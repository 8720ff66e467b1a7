"""Why a receiver did not take a batch."""


class NotTaken(Exception):
    """The batch has to be sent again. `problem` is for the page; it holds nothing that the receiver said."""

    def __init__(self, problem: str, *, status: int | None = None, is_gone: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.is_gone = is_gone
