"""Command lines without their secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.masking import MASK, masked, says_secret

NAMES = [
    "password", "passwd", "pwd", "pass", "passphrase", "token", "secret", "api-key", "apikey", "api_key",
    "key", "access-key", "private_key", "credential", "credentials", "auth", "bearer", "db-password",
    "PASSWORD2", "dbPassword", "githubToken", "AWS_SECRET_ACCESS_KEY", "auth-token", "secret.key",
]  # fmt: skip
# No part of any name above, and of nothing that is kept.
SECRETS = st.text("QZ9!$%^*+~Ω秘", min_size=6, max_size=20).map(lambda text: f"Q{text}Z")
FORMS = st.sampled_from(
    [
        lambda name, secret: [f"--{name}", secret],
        lambda name, secret: [f"--{name}={secret}"],
        lambda name, secret: [f"-{name}", secret],
        lambda name, secret: [f"{name}={secret}"],
        lambda name, secret: ["-e", f"{name.upper()}={secret}"],
        lambda name, secret: [f"--set={name}={secret}"],
        lambda name, secret: [f"--header={name}: {secret}"],
        lambda name, secret: [f'{{"user": "me", "{name}": "{secret}"}}'],
        lambda name, secret: [f"https://host/path?user=me&{name}={secret}&page=2"],
        lambda name, secret: [f"postgres://me:{secret}@host:5432/db"],
    ]
)
PLAIN = st.lists(
    st.sampled_from(["script.py", "--workers", "4", "-v", "--out=x", "a b", "", "--monkey=1"]), max_size=4
)


@given(st.sampled_from(NAMES), SECRETS, FORMS, PLAIN, PLAIN)
def test_no_secret_is_in_a_masked_command_line(name, secret, form, before, after):
    """Whatever the form it is given in, and wherever it stands; as many words stay."""
    argv = [*before, *form(name, secret), *after]
    result = masked(argv)
    assert secret not in " ".join(result)
    assert MASK in " ".join(result)
    assert len(result) == len(argv)
    assert result[: len(before)] == before
    assert result[len(result) - len(after) :] == after


@given(st.lists(st.text()))
def test_any_words_can_be_masked(argv):
    """Masking never fails, and masks no more the second time."""
    once = masked(argv)
    assert len(once) == len(argv)
    assert [word for word in masked(once) if MASK not in word] == [word for word in once if MASK not in word]


@pytest.mark.parametrize(
    "argv",
    [
        ["script.py", "--workers", "4", "--monkey", "x", "--keyboard", "us", "--passive", "1"],
        ["script.py", "--tokenizer", "bert", "a=b", "http://host/a?b=c", "C:\\x", "12:30", "--author", "me"],
        ["-m", "package.tokens", "file", "\udcff"],
    ],
)
def test_what_is_no_secret_stays(argv: list[str]) -> None:
    """Names that only begin like one, and all other words."""
    assert masked(argv) == argv


@pytest.mark.parametrize("name", NAMES)
def test_names_that_say_it(name: str) -> None:
    """In any way of writing a name."""
    assert says_secret(name)


def test_an_option_in_the_place_of_a_value_gives_no_secret_away() -> None:
    """`--auth` may be a flag: what follows is masked, and is an option all the same."""
    assert masked(["--auth", "--password", "hunter2"]) == ["--auth", MASK, MASK]
