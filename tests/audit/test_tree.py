"""The tree against a naive reading of RFC 6962, and every way in which a proof can be wrong."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.tree import (
    EMPTY_ROOT,
    Frontier,
    InvalidProof,
    Node,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, word by word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_subproof(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, word by word."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*naive_subproof(old, leaves[:split], whole), naive_root(leaves[split:])]
    return [*naive_subproof(old - split, leaves[split:], False), naive_root(leaves[:split])]


def some_leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def reading(leaves: list[bytes]):
    def read(node: Node) -> bytes:
        return naive_root(leaves[node.number << node.level : (node.number + 1) << node.level])

    return read


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


sizes = st.integers(min_value=1, max_value=600)


class TestWorkedExample:
    a, b, c = (leaf_hash(entry) for entry in (b"a", b"b", b"c"))
    root = bytes.fromhex("36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1")

    def test_the_hashes_are_those_of_the_design(self):
        assert self.a.hex() == "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"
        assert self.c.hex() == "597fcb31282d34654c200d3418fca5705c648ebf326ec73d8ddef11841f876d8"
        assert node_hash(self.a, self.b).hex() == "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb"

    def test_the_root_is_that_of_the_design(self):
        frontier = Frontier()
        for leaf in (self.a, self.b, self.c):
            frontier.append(leaf)
        assert frontier.root() == self.root

    def test_from_two_to_three_entries_the_proof_is_the_third_leaf(self):
        proof = consistency_proof(2, 3, reading([self.a, self.b, self.c]))
        assert proof == [self.c]
        verify_consistency(proof, old_size=2, new_size=3, old_root=node_hash(self.a, self.b), new_root=self.root)


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root():
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()


@given(sizes)
def test_a_growing_frontier_always_has_the_root_of_the_whole_tree(size):
    leaves = some_leaves(size)
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert frontier.root() == naive_root(leaves) == root_at(size, reading(leaves))
    assert Frontier(size, frontier.peaks).root() == frontier.root()


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    proof = inclusion_proof(index, size, reading(leaves))
    assert proof == naive_path(index, leaves)
    verify_inclusion(proof, index=index, size=size, leaf=leaves[index], root=naive_root(leaves))


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_rfc_and_verify(size, data):
    old = data.draw(st.integers(1, size))
    leaves = some_leaves(size)
    proof = consistency_proof(old, size, reading(leaves))
    assert proof == naive_subproof(old, leaves)
    verify_consistency(
        proof,
        old_size=old,
        new_size=size,
        old_root=naive_root(leaves[:old]),
        new_root=naive_root(leaves),
    )


@given(st.integers(2, 300), st.data())
def test_an_inclusion_proof_that_was_touched_is_refused(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    root, proof = naive_root(leaves), naive_path(index, leaves)
    position = data.draw(st.integers(0, len(proof) - 1))
    wrong = {
        "a bit of a hash": [*proof[:position], flipped(proof[position]), *proof[position + 1 :]],
        "a hash left out": proof[:position] + proof[position + 1 :],
        "a hash too many": [*proof[:position], root, *proof[position:]],
        "a hash too many at the end": [*proof, root],
        "a hash cut short": [*proof[:position], proof[position][:31], *proof[position + 1 :]],
        "nothing": [],
    }
    for hashes in wrong.values():
        with pytest.raises(InvalidProof):
            verify_inclusion(hashes, index=index, size=size, leaf=leaves[index], root=root)
    with pytest.raises(InvalidProof):
        verify_inclusion(proof, index=index, size=size, leaf=flipped(leaves[index]), root=root)
    with pytest.raises(InvalidProof):
        verify_inclusion(proof, index=index, size=size, leaf=leaves[index], root=flipped(root))
    with pytest.raises(InvalidProof):
        verify_inclusion(proof, index=(index + 1) % size, size=size, leaf=leaves[index], root=root)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (4, 3), (0, 0)])
def test_an_index_outside_the_tree_is_refused(index, size):
    with pytest.raises(InvalidProof):
        verify_inclusion([], index=index, size=size, leaf=leaf_hash(b"a"), root=leaf_hash(b"a"))
    with pytest.raises(ValueError, match="there is no entry"):
        inclusion_proof(index, size, reading(some_leaves(3)))


@given(st.integers(2, 300), st.data())
def test_a_consistency_proof_that_was_touched_is_refused(size, data):
    old = data.draw(st.integers(1, size - 1))
    leaves = some_leaves(size)
    old_root, new_root, proof = naive_root(leaves[:old]), naive_root(leaves), naive_subproof(old, leaves)
    position = data.draw(st.integers(0, len(proof) - 1))
    wrong = [
        [*proof[:position], flipped(proof[position]), *proof[position + 1 :]],
        proof[:position] + proof[position + 1 :],
        [*proof, new_root],
        [new_root, *proof],
        [*proof[:position], proof[position] + b"\x00", *proof[position + 1 :]],
        [],
    ]
    for hashes in wrong:
        with pytest.raises(InvalidProof):
            verify_consistency(hashes, old_size=old, new_size=size, old_root=old_root, new_root=new_root)
    for roots in [(flipped(old_root), new_root), (old_root, flipped(new_root))]:
        with pytest.raises(InvalidProof):
            verify_consistency(proof, old_size=old, new_size=size, old_root=roots[0], new_root=roots[1])


def test_sizes_that_cannot_be_compared_are_refused():
    root, other = leaf_hash(b"a"), leaf_hash(b"b")
    for old, new in [(0, 1), (2, 1), (-1, 1), (0, 0)]:
        with pytest.raises(InvalidProof):
            verify_consistency([], old_size=old, new_size=new, old_root=root, new_root=root)
    with pytest.raises(InvalidProof, match="two different roots"):
        verify_consistency([], old_size=4, new_size=4, old_root=root, new_root=other)
    with pytest.raises(InvalidProof, match="need no proof"):
        verify_consistency([root], old_size=4, new_size=4, old_root=root, new_root=root)
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(0, 3, reading(some_leaves(3)))


def test_a_frontier_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="peaks"):
        Frontier(3, [leaf_hash(b"a")])
    with pytest.raises(ValueError, match="power of two"):
        subtree_root(some_leaves(3))
