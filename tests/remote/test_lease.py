"""One machine at a time goes on with a run, and nobody waits long for a machine that is gone."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from evals.errors import UsageError
from evals.remote import lease
from evals.remote.lease import TakenOverError, held
from evals.remote.store import Store
from tests.remote.local_s3 import LocalS3


def lease_of(owner: str, *, age_s: float = 0.0) -> bytes:
    """A lease as another machine writes it."""
    return json.dumps({"owner": owner, "host": "elsewhere", "pid": 7, "renewed_s": time.time() - age_s}).encode()


@pytest.fixture
def store(memory: str) -> Store:
    return Store(f"{memory}/runs/a")


def test_a_lease_is_there_while_it_is_held(store: Store) -> None:
    """And nothing of it afterwards, whatever happened."""
    with held(store):
        assert [each.name for each in store.objects("lease")] == ["lease/00000001.json"]
    assert store.objects("lease") == ()
    with pytest.raises(ZeroDivisionError), held(store):
        _ = 1 / 0
    assert store.objects("lease") == ()


@pytest.mark.parametrize(("age_s", "refused"), [(0.0, True), (59.0, True), (-3600.0, True), (61.0, False)])
def test_a_lease_lasts_a_minute_after_its_owner_fell_silent(age_s: float, refused: bool, store: Store) -> None:
    """Then the next number holds, and the old one is gone."""
    store.write("lease/00000004.json", lease_of("other", age_s=age_s))
    if refused:
        with pytest.raises(UsageError, match=r"another machine \(elsewhere, pid 7\) is writing this run"), held(store):
            pass
        return
    with held(store):
        assert [each.name for each in store.objects("lease")] == ["lease/00000005.json"]


def test_a_machine_does_not_wait_for_itself(store: Store) -> None:
    """A lease of this machine that nobody here holds was left behind by a process that was killed."""
    from evals.remote.cache import machine

    store.write("lease/00000001.json", lease_of(machine()))
    with held(store):
        assert [each.name for each in store.objects("lease")] == ["lease/00000002.json"]


def test_one_of_many_that_begin_at_once_gets_it(
    s3: LocalS3, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store lets one of them create the object; the others are told in one line."""
    found: list[str] = []
    together = threading.Barrier(4)

    def begin(number: int) -> None:
        store = Store(f"s3://{bucket}/runs/a")
        together.wait()
        try:
            lease._taken(store, owner=f"machine-{number}")
            found.append("held")
        except UsageError as error:
            found.append("refused" if "another machine" in str(error) else str(error))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["held", "refused", "refused", "refused"]


def test_an_owner_finds_out_that_it_was_taken_over(store: Store) -> None:
    """By the next number, or by its own being gone."""
    with held(store) as mine:
        mine.renew()
        store.write("lease/00000002.json", lease_of("other"))
        with pytest.raises(TakenOverError, match="has taken over"):
            mine.renew()
        store.remove("lease/00000002.json")
        store.remove("lease/00000001.json")
        with pytest.raises(TakenOverError, match="has taken over"):
            mine.renew()


def test_what_is_not_named_like_a_lease_is_none(store: Store) -> None:
    """Whatever else somebody put there, and however it is called."""
    for name in ("lease/zzz.json", "lease/00000001.json.txt", "lease/x/00000001.json"):
        store.write(name, lease_of("other"))
    with held(store) as mine:
        mine.renew()
        assert mine.name == "lease/00000001.json"


@pytest.mark.parametrize("said", [b"", b"[]", b"{}", b'{"owner": 1, "host": 2, "pid": "x", "renewed_s": 0}'])
def test_what_is_no_lease_is_told(said: bytes, store: Store) -> None:
    """It is not guessed whether anybody writes the run."""
    store.write("lease/00000001.json", said)
    with pytest.raises(UsageError, match="no lease of ours; delete it if nobody writes this run"), held(store):
        pass
