"""The user's name becomes "the user" where it is the user's, and only there; times become ISO 8601."""

from __future__ import annotations

import pytest

from evals.corpus.importers.wording import as_the_user, time_as


@pytest.mark.parametrize(
    ("text", "put"),
    [
        ("Ann Lee bought a boat.", "The user bought a boat."),
        ("Ann's boat leaks. Ann mends it.", "The user's boat leaks. The user mends it."),
        ("On Monday Ann sold it.", "On Monday the user sold it."),
        ("Ann Smith is a neighbour of Ann Lee.", "Ann Smith is a neighbour of the user."),
        ("Annabel owns a boat.", None),
        ("A boat leaks.", None),
        ("The name is Ann Lee.", None),
    ],
)
def test_the_name_of_the_user(text, put):
    """Somebody else of the same first name stays, and a fact about the name itself has no other wording."""
    assert as_the_user(text, "Ann Lee", "Ann") == put


def test_no_name_is_no_name():
    """Nothing is replaced where nothing is known of the user."""
    assert as_the_user("Ann rows.") is None
    assert as_the_user("Ann rows.", "") is None


def test_times():
    """What does not fit says how it is written."""
    check = time_as("%d %B, %Y", "8 May, 2023")
    assert check(" 8 May, 2023") == "2023-05-08T00:00:00"
    with pytest.raises(ValueError, match="not a time; it is written as '8 May, 2023'"):
        check("May 8")
