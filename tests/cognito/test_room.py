import subprocess
import sys

MODULES = "client, endpoints, errors, password_policy, replies, settings_cache, signing, srp, tokens, transport, types"


def loaded_with_the_room() -> set[str]:
    code = f"from cognito_portal.cognito import {MODULES}; import sys; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_room_loads_neither_django_nor_botocore() -> None:
    loaded = loaded_with_the_room()
    assert "cognito_portal.cognito.client" in loaded
    assert {"django", "botocore"} & loaded == set()


def test_room_loads_no_other_room() -> None:
    ours = {name for name in loaded_with_the_room() if name.startswith("cognito_portal.")}
    assert all(name.startswith("cognito_portal.cognito") for name in ours)
