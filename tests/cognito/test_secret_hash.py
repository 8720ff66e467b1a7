import json
from pathlib import Path

import pytest

from cognito_portal.cognito.secret_hash import secret_hash

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "secret_hash.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["username"])
def test_published_vector(vector: dict[str, str]) -> None:
    given = {name: vector[name] for name in ("username", "client_id", "client_secret")}
    assert secret_hash(**given) == vector["secret_hash"]


def test_case_of_the_name_is_kept() -> None:
    hashes = {secret_hash(username=name, client_id="c", client_secret="s") for name in ("Alice", "alice")}
    assert len(hashes) == 2


def test_name_outside_ascii_is_hashed_as_utf8() -> None:
    # echo -n "zoëc" | openssl dgst -sha256 -hmac s -binary | base64
    assert (
        secret_hash(username="zoë", client_id="c", client_secret="s")
        == "eQFBRQOy+FvKaysWXLqk+gzHztEMFQcIn0NjHTtif6o="
    )
