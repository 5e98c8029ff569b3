"""Tiles: their names, widths and bytes, and a growing edge against the whole tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.tiles import (
    GrowingTiles,
    MalformedTile,
    TileName,
    TileReader,
    decode_bundle,
    decode_tile,
    encode_bundle,
    tiles_of,
)
from audit.tree import Frontier, inclusion_proof, leaf_hash, subtree_root, verify_inclusion


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0), "tile/0/000"),
        (TileName(0, 0, 3), "tile/0/000.p/3"),
        (TileName(2, 1234067), "tile/2/x001/x234/067"),
        (TileName(1, 1000, 255), "tile/1/x001/000.p/255"),
        (TileName(1, 999), "tile/1/999"),
    ],
)
def test_tiles_are_named_as_the_specification_says(name, path):
    assert name.path == path


def test_an_entry_bundle_is_named_after_its_tile():
    assert TileName(0, 1234067, 7).entries_path == "tile/entries/x001/x234/067.p/7"


@pytest.mark.parametrize(
    ("size", "names"),
    [
        (0, []),
        (1, [TileName(0, 0, 1)]),
        (255, [TileName(0, 0, 255)]),
        (256, [TileName(0, 0), TileName(1, 0, 1)]),
        (257, [TileName(0, 0), TileName(0, 1, 1), TileName(1, 0, 1)]),
        (600, [TileName(0, 0), TileName(0, 1), TileName(0, 2, 88), TileName(1, 0, 2)]),
    ],
)
def test_a_tree_has_these_tiles_and_never_an_empty_one(size, names):
    assert list(tiles_of(size)) == names


def test_a_full_row_of_tiles_makes_a_tile_two_levels_up():
    names = list(tiles_of(65_536))
    assert len(names) == 256 + 1 + 1
    assert names[-2:] == [TileName(1, 0), TileName(2, 0, 1)]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries):
    assert decode_bundle(encode_bundle(entries)) == (entries, 0)


def test_a_bundle_that_was_cut_gives_its_whole_entries_and_says_what_is_left():
    whole = encode_bundle([b"one", b"two"])
    assert decode_bundle(whole[:-1]) == ([b"one"], 4)
    assert decode_bundle(whole + b"\x00") == ([b"one", b"two"], 1)
    assert decode_bundle(b"") == ([], 0)


def test_an_entry_that_is_too_long_is_refused():
    assert len(encode_bundle([bytes(65_535)])) == 65_537
    with pytest.raises(ValueError, match="at most"):
        encode_bundle([bytes(65_536)])


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(64 + 1), bytes(96)])
def test_a_tile_of_another_width_is_refused(data):
    with pytest.raises(MalformedTile):
        decode_tile(data, 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1200), st.integers(0, 700), st.data())
def test_an_edge_taken_up_again_grows_like_the_tree(start, more, data):
    leaves = [leaf_hash(b"%d" % number) for number in range(start + more)]
    tiles: dict[TileName, bytes] = {}

    edge = GrowingTiles()
    for leaf in leaves[:start]:
        tiles.update({full.name: full.hashes for full in edge.append(leaf)})
    edge = GrowingTiles(start, edge.rows)
    frontier = Frontier()
    for leaf in leaves[:start]:
        frontier.append(leaf)
    assert edge.root() == frontier.root()
    for leaf in leaves[start:]:
        for full in edge.append(leaf):
            assert full.root == subtree_root(decode_tile(full.hashes, 256))
            tiles[full.name] = full.hashes
        frontier.append(leaf)
    assert edge.root() == frontier.root()

    size = start + more
    for name in tiles_of(size):
        tiles.setdefault(name, b"".join(edge.rows[name.level]) if name.width < 256 else b"")
    assert set(tiles) == set(tiles_of(size))
    if size:
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, TileReader(size, tiles.__getitem__))
        verify_inclusion(proof, index=index, size=size, leaf=leaves[index], root=frontier.root())


def test_a_whole_tile_at_once_is_the_same_as_its_entries_one_by_one():
    slow, fast = GrowingTiles(), GrowingTiles()
    for number in range(3):
        row = [leaf_hash(b"%d %d" % (number, at)) for at in range(256)]
        for leaf in row:
            slow.append(leaf)
        fast.append_tile(b"".join(row), subtree_root(row))
    assert fast.root() == slow.root()
    fast.append(row[0])
    with pytest.raises(ValueError, match="whole tile"):
        fast.append_tile(b"".join(row), subtree_root(row))


def test_an_edge_that_does_not_fit_its_size_is_refused():
    with pytest.raises(ValueError, match="right edge"):
        GrowingTiles(3, [[leaf_hash(b"a")]])
    with pytest.raises(ValueError, match="right edge"):
        GrowingTiles(3)
