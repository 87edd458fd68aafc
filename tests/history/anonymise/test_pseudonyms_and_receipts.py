import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from mas2tering.history.anonymise import (
    ANY,
    READINGS,
    Asker,
    BrokenLogError,
    FileLookUpLog,
    HomePanel,
    HouseholdAttributes,
    KeyGoneError,
    KeyRing,
    MemoryLookUpLog,
    ParquetView,
    ReceiptError,
    ReceiptGate,
    SelectionRefusedError,
    SignedReceipt,
    erase_home,
    hand_over,
    keep_keys,
    kept_keys,
    seal,
    service_view,
    sign,
    unseal,
)

ASKER = Asker("a test", "to see", datetime(2026, 1, 1, tzinfo=UTC))
TEXTS = st.text(min_size=1, max_size=12)


def _bytes(seed):
    return np.random.default_rng(seed).bytes


def _ring(*epochs, log=None, seed=1):
    ring = KeyRing(MemoryLookUpLog() if log is None else log)
    random_bytes = _bytes(seed)
    for epoch in epochs:
        ring.rotate(epoch, random_bytes)
    return ring


def _panel(homes=8, days=40, seed=1):
    load_kw = np.random.default_rng(seed).gamma(1.0, 0.4, (homes, days, 24))
    load_kw[0, 3, 5] = np.nan
    return HomePanel(tuple(f"home {k}" for k in range(homes)), date(2026, 1, 1), 60, load_kw)


@pytest.fixture
def written(tmp_path):
    """A view of eight homes in a folder, with its ring, gate and signed receipts."""
    ring, issuer = _ring("2026-01", "2026-02"), Ed25519PrivateKey.from_private_bytes(b"i" * 32)
    attributes = HouseholdAttributes({"occupants": ("1", "1", "1", "1", "4", "4", "4", "4")})
    view = service_view(_panel(), attributes, 4, 2, ring, ASKER, READINGS)
    files = ParquetView(tmp_path, 4, 2)
    files.write(view)
    gate = ReceiptGate(files, issuer.public_key().public_bytes_raw(), ring.lives)
    signed = {home: [sign(r, issuer) for r in receipts] for home, receipts in view.receipts.items()}
    return ring, files, gate, signed, tmp_path


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=12, unique=True))
def test_no_two_homes_or_epochs_share_a_pseudonym(pairs):
    ring = _ring(*{epoch for epoch, _ in pairs})
    assert len({ring.pseudonym_of(home, epoch, ASKER) for epoch, home in pairs}) == len(pairs)


def test_a_pseudonym_leads_back_only_with_its_key_and_every_look_up_is_logged():
    log = MemoryLookUpLog()
    ring = _ring("one", "two", log=log)
    name = ring.pseudonym_of("home 3", "one", ASKER)
    assert ring.home_of(name, "one", ["home 2", "home 3"], ASKER) == "home 3"
    assert ring.home_of(name, "two", ["home 2", "home 3"], ASKER) is None
    key_id = ring.destroy("one")
    assert not ring.lives(key_id)
    for ask in (
        lambda: ring.home_of(name, "one", ["home 3"], ASKER),
        lambda: ring.pseudonym_of("home 3", "one", ASKER),
    ):
        with pytest.raises(KeyGoneError):
            ask()
    assert [entry.direction.split()[0] for entry in log] == ["pseudonym", "home", "home"]
    assert all("home 3" not in (entry.pseudonym, entry.purpose, entry.who) for entry in log)


def test_the_log_does_not_link_epochs_by_the_order_of_homes():
    log = MemoryLookUpLog()
    ring = _ring("one", log=log)
    ring.pseudonyms_of([f"home {k}" for k in range(20)], "one", ASKER)
    names = [entry.pseudonym for entry in log]
    assert len(names) == 20
    assert names == sorted(names)


def test_a_second_key_for_an_epoch_is_refused():
    with pytest.raises(ValueError, match="already"):
        _ring("one", "one")


@pytest.mark.parametrize("damage", ["change", "take out", "put in"])
def test_a_changed_log_is_noticed(tmp_path, damage):
    path = tmp_path / "log"
    ring = _ring("one", log=FileLookUpLog(path))
    for k in range(3):
        ring.pseudonym_of(f"home {k}", "one", ASKER)
    assert len(list(FileLookUpLog(path))) == 3
    lines = path.read_text().splitlines()
    changed = {
        "change": [lines[0], lines[1].replace("to see", "to sea"), lines[2]],
        "take out": [lines[0], lines[2]],
        "put in": [lines[0], lines[0], lines[1], lines[2]],
    }
    path.write_text("\n".join(changed[damage]) + "\n")
    with pytest.raises(BrokenLogError, match="line 2"):
        FileLookUpLog(path)


def test_keys_come_back_from_their_file_and_only_the_owner_reads_it(tmp_path):
    ring, issuer = _ring("one", "two"), Ed25519PrivateKey.from_private_bytes(b"i" * 32)
    ring.destroy("one")
    keep_keys(tmp_path / "keys", ring, issuer)
    again, signer = kept_keys(tmp_path / "keys", MemoryLookUpLog())
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    assert again.pseudonym_of("h", "two", ASKER) == ring.pseudonym_of("h", "two", ASKER)
    assert again.destroyed == ring.destroyed
    assert signer.private_bytes_raw() == issuer.private_bytes_raw()


def test_a_box_and_the_service_that_it_trusts_get_its_rows_and_nobody_elses(written):
    _, _, gate, signed, _ = written
    box, service, stranger = (X25519PrivateKey.from_private_bytes(c * 32) for c in (b"b", b"s", b"x"))
    sealed = seal(signed["home 0"][0], box.public_key().public_bytes_raw(), _bytes(2))
    handed = hand_over(sealed, box, service.public_key().public_bytes_raw(), _bytes(3))
    rows = gate.select(unseal(handed, service))
    np.testing.assert_array_equal(rows.load_kw, _panel().load_kw[0, :31].reshape(-1))
    assert rows.starts[0] == np.datetime64("2026-01-01", "m")
    for text in (sealed, handed):
        with pytest.raises(ReceiptError):
            unseal(text, stranger)
    with pytest.raises(ReceiptError):
        hand_over(handed, box, stranger.public_key().public_bytes_raw(), _bytes(4))


@given(st.integers(0, 10_000), st.integers(0, 7))
@example(31, 7)
def test_a_sealed_receipt_with_a_bit_turned_opens_nothing(at, bit):
    box = X25519PrivateKey.from_private_bytes(b"b" * 32)
    ring = _ring("2026-01", "2026-02")
    view = service_view(_panel(4), HouseholdAttributes({}), 4, 2, ring, ASKER, READINGS)
    signed = sign(view.receipts["home 1"][0], Ed25519PrivateKey.from_private_bytes(b"i" * 32))
    sealed = bytearray(seal(signed, box.public_key().public_bytes_raw(), _bytes(2)))
    assert unseal(bytes(sealed), box) == signed
    # The highest bit of an X25519 key counts for nothing in the agreement, but the key is bound to it as it was sent.
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(ReceiptError):
        unseal(bytes(sealed), box)


def test_no_receipt_can_be_made_up_out_of_another(written):
    _, _, gate, signed, _ = written
    mine, other = signed["home 1"][0], signed["home 2"][0].receipt
    for field in ("pseudonym", "epoch", "key_id", "first_row", "rows", "rows_hash", "location"):
        forged = replace(mine.receipt, **{field: getattr(other, field) if field != "rows" else 5})
        if forged == mine.receipt:
            forged = replace(forged, **{field: "another"})
        with pytest.raises(SelectionRefusedError, match="signed"):
            gate.select(SignedReceipt(forged, mine.signature))


def test_a_receipt_says_what_was_done(written):
    _, _, _, signed, folder = written
    import pyarrow.parquet as pq

    receipt = signed["home 5"][1].receipt
    told = pq.read_table(folder / "households.parquet").to_pylist()
    mine = [row for row in told if row["pseudonym"] == receipt.pseudonym]
    assert [row["epoch"] for row in mine] == [receipt.epoch] == ["2026-02"]
    assert receipt.k >= 4
    assert receipt.diversity >= 2
    classes = [row["occupants"] for row in told if row["epoch"] == receipt.epoch]
    assert classes.count(mine[0]["occupants"]) >= receipt.k
    assert json.loads(receipt.text())["levels"].keys() == {"occupants"}


def test_erasure_takes_one_home_and_leaves_every_other_receipt_good(written):
    ring, files, gate, signed, folder = written
    assert erase_home("home 3", ring, files, ASKER) == 40 * 24
    for home, receipts in signed.items():
        for receipt in receipts:
            if home == "home 3":
                with pytest.raises(SelectionRefusedError, match="erased"):
                    gate.select(receipt)
            else:
                assert gate.select(receipt).pseudonym == receipt.receipt.pseudonym
    names = {receipt.receipt.pseudonym for receipt in signed["home 3"]}
    for file in folder.glob("*.parquet"):
        import pyarrow.parquet as pq

        assert not names & set(pq.read_table(file).column("pseudonym").to_pylist())
    # Three homes are no class of four: they, and with them all, are told nothing of.
    told = pq.read_table(folder / "households.parquet").to_pylist()
    assert {row["occupants"] for row in told} == {ANY}
    assert erase_home("home 3", ring, files, ASKER) == 0


def test_with_its_key_destroyed_an_epoch_is_closed(written):
    ring, _, gate, signed, _ = written
    ring.destroy("2026-01")
    with pytest.raises(SelectionRefusedError, match="destroyed"):
        gate.select(signed["home 1"][0])
    assert gate.select(signed["home 1"][1]).pseudonym


def test_rows_that_were_changed_behind_the_gate_are_noticed(written):
    import pyarrow.parquet as pq

    _, _, gate, signed, folder = written
    table = pq.read_table(folder / READINGS)
    load_kw = table.column("load_kw").to_pylist()
    load_kw[0] = 99.0
    pq.write_table(table.set_column(2, "load_kw", [load_kw]), folder / READINGS)
    refused = []
    for receipts in signed.values():
        for receipt in receipts:
            try:
                gate.select(receipt)
            except SelectionRefusedError as error:
                refused.append(str(error))
    assert len(refused) == 1
    assert "not what they were" in refused[0]


def test_stored_order_says_nothing_of_the_order_of_homes(written):
    _, _, _, signed, _ = written
    firsts = [receipts[0].receipt.first_row for receipts in signed.values()]
    seconds = [receipts[1].receipt.first_row for receipts in signed.values()]
    assert firsts != sorted(firsts)
    assert np.argsort(firsts).tolist() != np.argsort(seconds).tolist()


def test_the_same_seed_gives_the_same_pseudonyms_and_another_gives_others():
    names = [_ring("one", seed=seed).pseudonym_of("home", "one", ASKER) for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]
