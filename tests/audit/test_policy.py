"""The policy file: who is trusted, and how many witnesses must agree."""

import pytest

from audit.note import Algorithm, MalformedNote, SignerKey, encode_base64
from audit.policy import Group, Log, MalformedPolicy, Policy, Witness

LOG = SignerKey.from_seed("log.example/audit", bytes(32)).verifier
NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
WITNESSES = {
    name: SignerKey.from_seed(f"{name}.example/w", bytes([number + 1]) * 32, Algorithm.COSIGNATURE).verifier
    for number, name in enumerate(NAMES)
}
EXAMPLE = (
    f"# who watches\n\n  log {LOG}\thttps://log.example/audit/  \n"
    + "".join(f"witness {name} {key}\n" for name, key in WITNESSES.items())
    + "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n"
    "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


def test_the_example_of_the_specification():
    policy = Policy.parse(EXAMPLE.encode())
    assert policy.logs == (Log(LOG, "https://log.example/audit/"),)
    assert policy.witnesses[0] == Witness("X1", WITNESSES["X1"])
    assert policy.groups[2] == Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses"))
    for names, enough in [
        (["X1", "X2", "Y3"], True),
        (NAMES, True),
        (["X1", "X2"], False),
        (["X1", "Y1", "Y2", "Y3"], False),
        (["X1", "X1", "Y1"], False),
        ([], False),
    ]:
        assert policy.fulfilled_by(names) is enough


def test_a_policy_survives_being_written_down():
    policy = Policy.parse(EXAMPLE.encode())
    assert Policy.parse(policy.encode()) == policy
    assert Policy.parse(Policy.of(LOG).encode()) == Policy.of(LOG)
    assert Policy.of(LOG).fulfilled_by([])


def test_names_are_opaque_bytes():
    key = WITNESSES["X1"]
    policy = Policy.parse(
        f"witness \udcff\udcfe\u00a0x {key}\nquorum \udcff\udcfe\u00a0x\n".encode("utf8", "surrogateescape")
    )
    assert policy.encode().startswith(b"witness \xff\xfe\xc2\xa0x ")
    assert not policy.fulfilled_by([])


W, Y = f"witness w {WITNESSES['X1']}", f"witness y {WITNESSES['Y1']}"
RENAMED = SignerKey.from_seed("other.example/w", b"\x01" * 32, Algorithm.COSIGNATURE).verifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "quorum none",
        "quorum none\r\n",
        "quorum none\n\x00\n",
        "quorum none\nquorum none\n",
        "quorum nobody\n",
        "quorum\n",
        "quorum none none\n",
        "Quorum none\n",
        "logs x\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"log {LOG} https://a https://b\nquorum none\n",
        f"log {WITNESSES['X1']}\nquorum none\n",
        f"witness w {LOG}\nquorum none\n",
        f"witness none {WITNESSES['X1']}\nquorum none\n",
        f"{W}\n{W}\nquorum w\n",
        f"{W}\nwitness w {WITNESSES['Y1']}\nquorum w\n",
        f"{W}\nwitness again {RENAMED}\nquorum w\n",
        f"quorum w\n{W}\n",
        f"{W}\ngroup g all w y\n{Y}\nquorum g\n",
        f"{W}\ngroup g all g\nquorum g\n",
        f"{W}\ngroup g all\nquorum g\n",
        f"{W}\ngroup w all w\nquorum w\n",
        f"{W}\ngroup none all w\nquorum none\n",
        f"{W}\ngroup g all none\nquorum g\n",
        f"{W}\n{Y}\ngroup g 0 w y\nquorum g\n",
        f"{W}\n{Y}\ngroup g 3 w y\nquorum g\n",
        f"{W}\n{Y}\ngroup g 01 w y\nquorum g\n",
        f"{W}\n{Y}\ngroup g some w y\nquorum g\n",
        f"{W}\n{Y}\ngroup g 2 w w\nquorum g\n",
        f"{W}\n{Y}\ngroup g 1 w\ngroup h 2 w y\nquorum h\n",
        f"witness w {LOG.name}+00000000+{encode_base64(bytes(33))}\nquorum w\n",
    ],
)
def test_what_is_no_policy_is_refused(text):
    with pytest.raises(MalformedPolicy):
        Policy.parse(text.encode())


def test_a_mistake_is_told_with_its_line():
    with pytest.raises(MalformedPolicy, match="line 3: the same witness twice"):
        Policy.parse(f"{W}\n\nwitness again {RENAMED}\nquorum w\n".encode())


def test_a_checkpoint_that_is_none_is_refused():
    with pytest.raises(MalformedNote):
        Policy.of(LOG).open(b"nothing")
