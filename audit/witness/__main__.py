"""`python -m audit.witness run CONFIG`: a witness for transparency logs (C2SP tlog-witness).

Exit codes: 0 stopped from outside; 2 it could not start, and says why.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from audit.note import Algorithm, MalformedNote, SignerKey
from audit.witness.configuration import Configuration, Misconfigured
from audit.witness.deciding import Witness, load_key
from audit.witness.server import WitnessServer
from audit.witness.state import State, held, write_durably


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m audit.witness", description="A witness for transparency logs.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="serve until stopped")
    create = verbs.add_parser("create-key", help="make the key and the empty state of a new witness, once")
    create.add_argument("name", help="the witness's name for ever, such as witness.example/w1")
    show = verbs.add_parser("show", help="print the public key, and what was cosigned last of each log")
    for verb in (run, create, show):
        verb.add_argument("configuration", type=Path, help="a TOML file")
    options = parser.parse_args(arguments)
    try:
        configuration = Configuration.read(options.configuration)
        if options.verb == "create-key":
            return _create(configuration, options.name)
        signer = _key(configuration.key)
        if options.verb == "show":
            return _show(configuration, signer)
        with held(configuration.state):
            return _run(configuration, signer)
    except (Misconfigured, MalformedNote, OSError) as error:
        print(f"The witness does not start: {error}", file=sys.stderr)
        return 2


def _key(path: Path) -> SignerKey:
    signer = load_key(path)
    if signer.algorithm is not Algorithm.COSIGNATURE:
        raise Misconfigured(f"{path} is the key of a log, not of a witness")
    return signer


def _create(configuration: Configuration, name: str) -> int:
    for path in (configuration.key, configuration.state):
        if path.exists():
            raise Misconfigured(f"{path} exists already and is never replaced")
    signer = SignerKey.generate(name, Algorithm.COSIGNATURE)
    write_durably(configuration.key, f"{signer.encode()}\n".encode(), replace=False)
    State.create(configuration.state)
    print(signer.verifier)
    return 0


def _show(configuration: Configuration, signer: SignerKey) -> int:
    state = State.load(configuration.state)
    print(signer.verifier)
    for origin in state.origins():
        print(f"\n{state.note(origin)}", end="")
    return 0


def _run(configuration: Configuration, signer: SignerKey) -> int:
    witness = Witness(signer, configuration.logs, State.load(configuration.state))
    server = WitnessServer((configuration.host, configuration.port), witness, prefix=configuration.prefix)

    def stop(number: int, frame: object) -> None:
        # From a thread, because shutdown() waits for the loop that this signal has interrupted.
        Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.tell(f"{signer.verifier} listens on port {server.server_port} for {len(configuration.logs)} logs")
    with server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
