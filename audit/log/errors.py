"""What can go wrong with the log. The message is a sentence for the operator."""


class LogError(Exception):
    """Anything that keeps the log from going on."""


class OutsideTransaction(LogError, RuntimeError):
    """An entry or a digest was given where no audit transaction could write it: a bug."""


class Unrecorded(LogError, RuntimeError):
    """Ciphertext was written, and no entry names it: a bug, so nothing was saved."""


class UndeclaredFact(LogError, ValueError):
    """An entry carries a fact that its event type does not declare: a bug."""


class EntryTooLarge(LogError, ValueError):
    """An entry would pass 65,535 bytes: a bug."""


class AppendOnly(LogError, TypeError):
    """Somebody tried to change or delete what is only ever added to."""


class CannotNumber(LogError):
    """Entries wait for their index, and who reads may not write."""


class AlreadyErased(LogError):
    """A private part was to be erased that is not there any more."""


class CannotSign(LogError):
    """The signer refuses: signing would contradict what was signed before, or the key is not fit for use."""


class CannotExport(LogError):
    """The export cannot be written here, or the log holds what no export can hold."""
