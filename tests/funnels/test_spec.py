"""A version's JSON says everything that a spec says, and a parsed spec is kept."""

import json

from hypothesis import given
from hypothesis import strategies as st

from funnels.spec import FunnelSpec, ItemSpec, SpecCache, StepKind, StepSpec, ThemeSpec, dump, load
from integrations.money import Money
from tests.funnels.specs import bump, funnel

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
ITEMS = st.builds(
    ItemSpec, st.integers(1), st.integers(1), TEXT, st.integers(0, 10**9), st.just("USD"), TEXT, TEXT, TEXT,
    st.booleans(), st.none() | st.integers(1), TEXT,
)  # fmt: skip
STEPS = st.builds(
    StepSpec,
    key=st.uuids().map(lambda value: value.hex),
    kind=st.sampled_from(StepKind),
    title=TEXT,
    item=st.none() | ITEMS,
    bump=st.sampled_from([None, bump()]),
    points=st.lists(TEXT, max_size=3).map(tuple),
    badges=st.lists(TEXT, max_size=3).map(tuple),
    deadline_minutes=st.none() | st.integers(1, 60),
)


@given(st.lists(STEPS, min_size=1, max_size=5))
def test_a_spec_survives_its_json(steps: list[StepSpec]) -> None:
    spec = funnel(*steps)
    assert load(json.loads(json.dumps(dump(spec)))) == spec


def test_a_full_funnel_survives_its_json() -> None:
    spec: FunnelSpec = load(json.loads(json.dumps(dump(funnel()))))
    assert spec == funnel()
    assert spec.theme == ThemeSpec("botanica", {"accent": "#1f4d3a"})
    assert spec.steps["cream"].item is not None
    assert spec.steps["cream"].item.money == Money(3900, "USD")


def test_a_parsed_spec_is_given_out_again() -> None:
    cache = SpecCache()
    spec = cache.put(1, dump(funnel()))
    assert cache.get(1) is spec
    assert cache.put(1, dump(funnel())) is spec
    assert cache.get(2) is None


def test_a_full_cache_is_emptied_before_it_takes_another() -> None:
    cache = SpecCache()
    cache.limit = 1
    cache.put(1, dump(funnel()))
    cache.put(2, dump(funnel()))
    assert cache.get(1) is None
    assert cache.get(2) == funnel()


def test_an_emptied_cache_has_forgotten_everything() -> None:
    cache = SpecCache()
    cache.put(1, dump(funnel()))
    cache.clear()
    assert cache.get(1) is None
