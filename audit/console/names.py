"""Names beside pseudonyms. This floor knows nobody: those above tell when a page is shown, and nothing is kept."""

from collections.abc import Callable, Collection, Iterable, Mapping

Resolver = Callable[[Collection[str]], Mapping[str, str]]
_resolvers: list[Resolver] = []


def declare(resolver: Resolver) -> Resolver:
    """Register who can tell the names of some pseudonyms; it is asked once for each page.

    It tells names of staff and of their matters. Who reported and who is accused is never told here.
    """
    if resolver not in _resolvers:
        _resolvers.append(resolver)
    return resolver


def names_of(pseudonyms: Iterable[str]) -> dict[str, str]:
    """The names that are known, by pseudonym."""
    asked = frozenset(pseudonyms)
    return {pseudonym: name for resolver in _resolvers for pseudonym, name in resolver(asked).items()}
