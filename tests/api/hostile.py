"""Input that a server might send by mistake or by malice."""

from typing import Any

from hypothesis import settings, strategies as st

# The same inputs at every run; a slow machine is no failure.
hostile = settings(derandomize=True, deadline=None, database=None)

# JSON knows lone surrogates, and Python's decoder NaN and endless integers.
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=0, max_value=10**400)
    | st.floats()
    | st.text(st.characters())
)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def bent(sample: Any) -> st.SearchStrategy[Any]:
    """Return values like a sample, but with parts missing or replaced."""
    same: st.SearchStrategy[Any]
    if isinstance(sample, dict):
        same = st.fixed_dictionaries(
            {}, optional={name: bent(value) for name, value in sample.items()}
        )
    elif isinstance(sample, list) and sample:
        same = st.lists(bent(sample[0]), max_size=3)
    else:
        same = st.just(sample)
    return st.integers(0, 7).flatmap(lambda number: same if number else ANY_JSON)
