from __future__ import annotations

import pytest

from thenar.errors import ThenarError
from thenar.serve.admission import Admission

TOKEN = "abcdefgh01234567"
LOCAL = Admission("127.0.0.1")
OPEN = Admission("0.0.0.0", TOKEN)


@pytest.mark.parametrize(
    ("admission", "target", "host", "origin", "refused"),
    [
        (LOCAL, "/", "127.0.0.1:8000", None, ""),
        (LOCAL, "/stream", "localhost:8000", "http://localhost:8000", ""),
        (LOCAL, "/stream", "[::1]:8000", "http://[::1]:8000", ""),
        (LOCAL, "/stream", "127.0.0.1:8000", "http://evil.example", "another origin"),
        (LOCAL, "/stream", "127.0.0.1:8000", "http://127.0.0.1:9000", "another origin"),
        (LOCAL, "/stream", "127.0.0.1:8000", "https://127.0.0.1:8000", "another origin"),
        (LOCAL, "/stream", "127.0.0.1:8000", "null", "another origin"),
        (LOCAL, "/", "evil.example:8000", None, "host name"),
        (LOCAL, "/stream", "evil.example:8000", "http://evil.example:8000", "host name"),
        (LOCAL, "/", "192.168.0.7:8000", None, "host name"),
        (LOCAL, "/", None, None, "host name"),
        (LOCAL, "/", "[::", None, "host name"),
        (OPEN, f"/?token={TOKEN}", "192.168.0.7:8000", None, ""),
        (OPEN, f"/stream?token={TOKEN}", "192.168.0.7:8000", "http://192.168.0.7:8000", ""),
        (OPEN, "/", "192.168.0.7:8000", None, "token"),
        (OPEN, "/?token=wrong", "192.168.0.7:8000", None, "token"),
        (OPEN, "/?token=%C3%A4", "192.168.0.7:8000", None, "token"),
        (OPEN, "/", "127.0.0.1:8000", None, "token"),
        (OPEN, f"/?token={TOKEN}", "evil.example:8000", None, "host name"),
    ],
)
def test_who_may_look(admission, target, host, origin, refused):
    refusal = admission.refusal(target, host, origin)
    assert refused in refusal and bool(refused) == bool(refusal)


def test_program_text_needs_no_token():
    assert OPEN.refusal("/viewer.js", "192.168.0.7:8000", None, public=True) == ""


@pytest.mark.parametrize(("host", "token"), [("0.0.0.0", ""), ("192.168.0.7", ""), ("0.0.0.0", "short"), ("::", "")])
def test_an_open_host_needs_a_good_token(host, token):
    with pytest.raises(ThenarError, match="token"):
        Admission(host, token)
