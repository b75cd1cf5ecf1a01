"""What the kit found, told once for all the pages it was found on, each with how to mend it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A problem on one page: `place` is the state and how it was looked at."""

    place: str
    problem: Problem


MANY = 4


def report(design: str, sightings: Iterable[Sighting], *, pages: int) -> Iterator[str]:
    """Lines to print about one theme, each problem once."""
    places: dict[Problem, list[str]] = {}
    for sighting in sightings:
        places.setdefault(sighting.problem, []).append(sighting.place)
    told = f"{len(places)} problems" if len(places) != 1 else "1 problem"
    yield f"{design}: {told if places else 'nothing found'} on {pages} pages"
    for problem, where in places.items():
        shown = list(dict.fromkeys(where))
        more = f" and {len(shown) - MANY} more" if len(shown) > MANY else ""
        yield f"  - {problem.what}"
        yield f"    where: {'; '.join(shown[:MANY])}{more}"
        yield f"    mend:  {problem.mend}"
