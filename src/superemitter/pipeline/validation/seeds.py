"""Which seeds may tune and which may judge: the two never meet."""

from __future__ import annotations

from superemitter.model.errors import UsageError

FITTING_SEEDS = range(0, 30_000)
"""Free for development; calibrations are fitted on some of them. What they show is never a validation."""

JUDGING_SEEDS = range(30_000, 1_000_000)
"""For judging only: nothing in the package was chosen by looking at them."""


def check_judging(first_seed: int, scenes: int) -> None:
    """Refuse to judge on scenes that may have been tuned on.

    Raises
    ------
    UsageError
        A seed is not one of :data:`JUDGING_SEEDS`.
    """
    if first_seed not in JUDGING_SEEDS or first_seed + max(scenes, 1) - 1 not in JUDGING_SEEDS:
        raise UsageError(
            f"seeds {first_seed} to {first_seed + max(scenes, 1) - 1} may have been used for tuning",
            hint=f"give a first seed of {JUDGING_SEEDS.start} or more",
        )


def check_fitting(first_seed: int, scenes: int) -> None:
    """Refuse to tune on scenes that judge.

    Raises
    ------
    UsageError
        A seed is not one of :data:`FITTING_SEEDS`.
    """
    if first_seed not in FITTING_SEEDS or first_seed + max(scenes, 1) - 1 not in FITTING_SEEDS:
        raise UsageError(
            f"seeds {first_seed} to {first_seed + max(scenes, 1) - 1} are for judging, not for tuning",
            hint=f"stay below {FITTING_SEEDS.stop}",
        )
