"""The causes, in the order in which they count: the first that stops somebody is the verdict.

Each has its code (stable, for scripts), a test on the facts, its sentence, and the one right act. To add one is
to add one entry. Nothing rests on the texts of Cognito's messages.
"""

from cognito_portal.ops.diagnosis.cause import Cause
from cognito_portal.ops.diagnosis.causes_beside import BESIDE
from cognito_portal.ops.diagnosis.causes_of_account import OF_ACCOUNT
from cognito_portal.ops.diagnosis.causes_of_tries import OF_TRIES

CAUSES: tuple[Cause, ...] = (*OF_ACCOUNT, *OF_TRIES, *BESIDE)
