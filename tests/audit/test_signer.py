"""What signs the log: a file, a program, a device; and one key after another."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.core.management import CommandError, call_command

from audit.checkpoint import Checkpoint as Signed
from audit.examination import examine
from audit.log import actions as log
from audit.log import rotation
from audit.log.cosigning import policy
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint, Entry
from audit.log.signer import LogSigner, create_log_key, device_key, load_signer, next_key_file
from audit.note import Algorithm, Note, SignerKey, encode_base64
from audit.policy import Policy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_key")]

DEVICE = SignerKey.from_seed("log.example/tests", b"\x05" * 32)
MODULE = os.environ.get("SOFTHSM2_MODULE", "/usr/lib/softhsm/libsofthsm2.so")


def program(folder: Path, text: str) -> str:
    path = folder / "sign"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o700)
    return str(path)


SIGNS = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})\n"
    "from audit.note import SignerKey, encode_base64\n"
    "key = SignerKey.from_seed('log.example/tests', b'\\x05' * 32)\n"
    "print(encode_base64(key.private.sign(sys.stdin.buffer.read())))\n"
)


class TestFile:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o666])
    def test_a_key_that_anybody_else_can_touch_is_refused(self, settings, mode):
        Path(settings.LOG_KEY_FILE).chmod(mode)
        with pytest.raises(CannotSign, match="0600"):
            load_signer()

    def test_a_witness_s_key_or_a_folder_is_refused(self, settings):
        path = Path(settings.LOG_KEY_FILE)
        path.write_text(SignerKey.generate("log.example/tests", Algorithm.COSIGNATURE).encode())
        with pytest.raises(CannotSign, match="a witness's"):
            load_signer()
        path.unlink()
        path.mkdir(mode=0o700)
        with pytest.raises(CannotSign, match="cannot be read"):
            load_signer()


class TestProgram:
    @pytest.fixture
    def signing(self, settings, tmp_path):
        settings.LOG_SIGNER_COMMAND = program(tmp_path, SIGNS)
        settings.LOG_SIGNER_VKEY = str(DEVICE.verifier)

    @pytest.mark.usefixtures("signing")
    def test_it_gets_the_text_and_its_signature_is_used(self, note_down):
        note_down(3)
        checkpoint = log.integrate()
        assert Signed.open(checkpoint.note.encode(), key=DEVICE.verifier).size == 3
        assert load_signer().verifier == DEVICE.verifier

    @pytest.mark.usefixtures("signing")
    def test_the_secrets_of_this_process_are_not_passed_on(self, settings, tmp_path, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "canary")
        told = tmp_path / "told"
        settings.LOG_SIGNER_COMMAND = program(
            tmp_path, f"import os; open({str(told)!r}, 'w').write(repr(dict(os.environ)))\n{SIGNS}"
        )
        log.integrate()
        assert "canary" not in told.read_text()

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("import sys; sys.exit('the card is not in the reader')", "the card is not in the reader"),
            ("import sys; sys.exit(3)", "exit code 3"),
            ("", "has 0 bytes"),
            ("print('nonsense!')", "not base64"),
            ("print('AAAA')", "has 3 bytes"),
            (f"print({encode_base64(bytes(64))!r})", "does not belong to this text"),
            ("import sys; sys.stdout.buffer.write(bytes([255] * 64))", "ascii"),
        ],
    )
    def test_whatever_it_gives_that_is_no_signature_signs_nothing(self, settings, tmp_path, note_down, text, told):
        settings.LOG_SIGNER_COMMAND = program(tmp_path, text)
        settings.LOG_SIGNER_VKEY = str(DEVICE.verifier)
        note_down(3)
        with pytest.raises(CannotSign) as refusal:
            log.integrate()
        assert told in str(refusal.value)
        assert not Checkpoint.objects.exists()
        assert not Path(settings.LOG_HIGH_WATER_FILE).exists()

    @pytest.mark.parametrize(
        ("command", "vkey"),
        [
            ("/nowhere/sign", str(DEVICE.verifier)),
            ("sign", "nonsense"),
            ("sign", ""),
            ('sign "', str(DEVICE.verifier)),
            ("sign", str(SignerKey.from_seed("log.example/other", bytes(32)).verifier)),
            ("sign", str(SignerKey.from_seed("log.example/tests", bytes(32), Algorithm.COSIGNATURE).verifier)),
        ],
    )
    def test_settings_that_make_no_sense_sign_nothing(self, settings, command, vkey):
        settings.LOG_SIGNER_COMMAND, settings.LOG_SIGNER_VKEY = command, vkey
        with pytest.raises(CannotSign):
            log.integrate()

    def test_the_public_key_of_a_device_is_read_from_pem(self, tmp_path, capsys):
        public = DEVICE.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert device_key(public, "log.example/tests") == DEVICE.verifier
        (tmp_path / "public.pem").write_bytes(public)
        call_command("audit", "device-key", f"{tmp_path}/public.pem")
        assert capsys.readouterr().out.strip() == str(DEVICE.verifier)
        other = ec.generate_private_key(ec.SECP256R1()).public_key()
        for pem in (b"nonsense", other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
            with pytest.raises(CannotSign):
                device_key(pem, "log.example/tests")

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
    def test_openssl_signs_with_a_key_of_its_own(self, settings, tmp_path, note_down):
        (tmp_path / "key.pem").write_bytes(
            DEVICE.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        path = tmp_path / "with-openssl"
        path.write_text(
            '#!/bin/sh\nset -eu\nwork=$(mktemp -d)\ntrap \'rm -r "$work"\' EXIT\ncat > "$work/text"\n'
            f'openssl pkeyutl -sign -rawin -inkey {tmp_path}/key.pem -in "$work/text" | openssl base64 -A\n'
        )
        path.chmod(0o700)
        settings.LOG_SIGNER_COMMAND, settings.LOG_SIGNER_VKEY = str(path), str(DEVICE.verifier)
        note_down(2)
        assert Signed.open(log.integrate().note.encode(), key=DEVICE.verifier).size == 2

    @pytest.mark.skipif(
        not (shutil.which("softhsm2-util") and shutil.which("pkcs11-tool") and Path(MODULE).exists()),
        reason="needs softhsm2 and opensc",
    )
    def test_a_pkcs11_token_signs(self, settings, tmp_path, note_down):
        """The key is made in the token and never leaves it."""
        (tmp_path / "tokens").mkdir()
        (tmp_path / "softhsm2.conf").write_text(
            f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\n"
        )
        environment = {**os.environ, "SOFTHSM2_CONF": f"{tmp_path}/softhsm2.conf"}
        tool = ["pkcs11-tool", "--module", MODULE, "--token-label", "log"]

        def run(*words: str) -> None:
            subprocess.run(words, env=environment, check=True, capture_output=True, timeout=60)

        run(
            "softhsm2-util",
            "--module",
            MODULE,
            "--init-token",
            "--free",
            "--label",
            "log",
            "--pin",
            "1234",
            "--so-pin",
            "1234",
        )
        run(*tool, "--login", "--pin", "1234", "--keypairgen", "--key-type", "EC:edwards25519", "--id", "01")
        run(*tool, "--read-object", "--type", "pubkey", "--id", "01", "-o", f"{tmp_path}/public.pem")
        path = tmp_path / "with-token"
        path.write_text(
            "#!/bin/sh\nset -eu\n"
            f"export SOFTHSM2_CONF={tmp_path}/softhsm2.conf LD_LIBRARY_PATH={os.environ.get('LD_LIBRARY_PATH', '')}\n"
            'work=$(mktemp -d)\ntrap \'rm -r "$work"\' EXIT\ncat > "$work/text"\n'
            f"{shutil.which('pkcs11-tool')} --module {MODULE} --token-label log --login --pin 1234 --sign "
            '--mechanism EDDSA --id 01 --input-file "$work/text" --output-file "$work/signature" >&2\n'
            'openssl base64 -A -in "$work/signature"\n'
        )
        path.chmod(0o700)
        public = (tmp_path / "public.pem").read_bytes()
        settings.LOG_SIGNER_COMMAND = str(path)
        settings.LOG_SIGNER_VKEY = str(device_key(public, "log.example/tests"))
        note_down(2)
        assert Signed.open(log.integrate().note.encode(), key=load_signer().verifier).size == 2


class TestRotation:
    def test_both_keys_sign_for_a_time_and_then_the_new_one_alone(self, settings, log_key, note_down, tmp_path):
        note_down(3)
        log.integrate()
        began = rotation.begin(actor="operator/command-line")
        assert began.key == log_key
        both = Checkpoint.objects.last()
        assert dict(Note.parse(both.note.encode()).verified([log_key, began.following])).keys() == {
            log_key,
            began.following,
        }
        note_down(3)
        assert len(Note.parse(log.integrate().note.encode()).signatures) == 2
        assert rotation.finish(actor="operator/command-line") == began
        note_down(3)
        after = log.integrate()
        assert Signed.open(after.note.encode(), key=began.following).size == after.size
        assert len(Note.parse(after.note.encode()).signatures) == 1
        assert not next_key_file().exists()
        assert log_key.public not in Path(settings.LOG_KEY_FILE).read_bytes()
        told = [json.loads(bytes(leaf)) for leaf in Entry.objects.values_list("leaf", flat=True)]
        facts = {"key": str(log_key), "following": str(began.following)}
        assert [entry["type"] for entry in told if entry["facts"] == facts] == ["log.key_following", "log.key_replaced"]
        log.write_export(tmp_path / "export")
        trusted = Policy.parse((tmp_path / "export/policy").read_bytes())
        assert [each.key for each in trusted.logs] == [began.following, log_key]
        assert examine(tmp_path / "export", policy=trusted).problems == []
        assert examine(tmp_path / "export", key=began.following).problems != []

    def test_interrupted_anywhere_it_can_be_begun_again(self, settings, note_down, monkeypatch):
        note_down(1)
        create_log_key(next_key_file(), settings.LOG_ORIGIN)
        first = rotation.begin(actor="operator/command-line")
        assert rotation.begin(actor="operator/command-line") == first
        assert Entry.objects.filter(type="log.key_following").count() == 1
        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("no")))
            with pytest.raises(OSError, match="no"):
                rotation.finish(actor="operator/command-line")
        assert rotation.finish(actor="operator/command-line") == first
        assert Entry.objects.filter(type="log.key_replaced").count() == 1
        log.integrate()

    def test_it_cannot_be_finished_before_both_have_signed(self, settings, note_down):
        with pytest.raises(CannotSign, match="No key follows"):
            rotation.finish(actor="operator/command-line")
        note_down(1)
        log.integrate()
        create_log_key(next_key_file(), settings.LOG_ORIGIN)
        before = Path(settings.LOG_KEY_FILE).read_bytes()
        with pytest.raises(CannotSign, match="both signatures"):
            rotation.finish(actor="operator/command-line")
        assert Path(settings.LOG_KEY_FILE).read_bytes() == before

    def test_the_same_key_twice_or_one_of_another_log_cannot_follow(self, settings):
        next_key_file().write_bytes(Path(settings.LOG_KEY_FILE).read_bytes())
        next_key_file().chmod(0o600)
        with pytest.raises(CannotSign, match="signs already"):
            load_signer()
        next_key_file().write_text(SignerKey.generate("log.example/other").encode())
        with pytest.raises(CannotSign, match=r"log.example/other"):
            load_signer()
        next_key_file().chmod(0o644)
        with pytest.raises(CannotSign, match="0600"):
            load_signer()

    def test_a_file_is_followed_by_a_program(self, settings, tmp_path, note_down, log_key, capsys):
        settings.LOG_NEXT_SIGNER_COMMAND = program(tmp_path, SIGNS)
        settings.LOG_NEXT_SIGNER_VKEY = str(DEVICE.verifier)
        call_command("audit", "rotate-key")
        call_command("audit", "finish-rotation")
        assert "change the settings yourself" in capsys.readouterr().out
        settings.LOG_SIGNER_COMMAND, settings.LOG_SIGNER_VKEY = settings.LOG_NEXT_SIGNER_COMMAND, str(DEVICE.verifier)
        settings.LOG_NEXT_SIGNER_COMMAND = settings.LOG_NEXT_SIGNER_VKEY = ""
        note_down(1)
        assert Signed.open(log.integrate().note.encode(), key=DEVICE.verifier)
        assert [each.key for each in policy().logs] == [DEVICE.verifier, log_key]

    def test_the_command_tells_what_to_do_next(self, capsys):
        call_command("audit", "rotate-key")
        call_command("audit", "policy")
        told = capsys.readouterr().out
        assert "integrity audit finish-rotation" in told
        assert told.count("log log.example/tests+") == 2
        call_command("audit", "finish-rotation")
        with pytest.raises(CommandError, match="No key follows"):
            call_command("audit", "finish-rotation")
        assert isinstance(load_signer(), LogSigner)
