"""How often intervals of accounts hold, on made-up sources and basins of known truth.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/accounts.py [--first-seed 5000]

Three Markdown tables: annual accounts of single sources; what is not seen of a basin's sources after one look;
seen and not seen together after many looks. Takes about a minute.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

import numpy as np

from superemitter.account.annual import SourcePass, annual_account
from superemitter.account.inventory_uncertainty import Mass
from superemitter.account.rates import Rate
from superemitter.account.reconcile import Reconciliation, Reported, observed_source, reconcile
from superemitter.account.sizes import DetectionCurve, unseen_part
from superemitter.account.spread import Spread
from superemitter.model import CannotSay

START = datetime(2023, 1, 1, tzinfo=UTC)
CURVE = DetectionCurve(half_kg_h=100.0, ninety_kg_h=300.0)
SCATTER, ERROR = 0.4, 0.3


def measured(rate: float, error: float) -> Rate:
    return Rate(rate_kg_h=rate, low_kg_h=rate * np.exp(-error), high_kg_h=rate * np.exp(error))


def one_source(rng: np.random.Generator, share: float, passes: int) -> Spread | CannotSay:
    looks = []
    for number in range(passes):
        rate, chance = float(np.exp(SCATTER * rng.standard_normal())), float(rng.uniform(0.7, 1.0))
        seen = rng.random() < share and rng.random() < chance
        told = measured(rate * float(np.exp(ERROR * rng.standard_normal())), ERROR)
        looks.append(
            SourcePass(
                time=START + timedelta(days=30 * number),
                detected=seen,
                rate=told if seen else None,
                probability_of_detection=chance,
            )
        )
    return annual_account("s", looks, rng, draws=1000).emission


def one_basin(rng: np.random.Generator, looks: int, mean_share: float) -> tuple[float, Reconciliation]:
    rates = 250.0 * np.exp(rng.standard_normal(150))
    shares = rng.beta(1.5, 1.5 / mean_share - 1.5, rates.size)
    found = []
    for rate, share in zip(rates, shares, strict=True):
        chance = float(CURVE.probability(np.array([rate]))[0])
        seen = (rng.random(looks) < share) & (rng.random(looks) < chance)
        passes = [
            SourcePass(
                time=START + timedelta(days=5 * k),
                detected=bool(one),
                rate=measured(rate, 0.2) if one else None,
                probability_of_detection=chance,
            )
            for k, one in enumerate(seen)
        ]
        if seen.any():
            found.append(observed_source(annual_account("s", passes, rng, draws=400)))
    share = float(np.mean([one.persistence for one in found]))
    curve = DetectionCurve(half_kg_h=100.0, ninety_kg_h=300.0, looks=looks, emitting_share=share)
    why = CannotSay(code="not-asked", reason="nothing is reported here")
    nothing = Reported(mass=Mass(value_t=0.0, interval=why), covers="", where="")
    return float((rates * shares).sum() * 8.76), reconcile("b", 2023, nothing, found, rng, curve=curve)


def row(name: str, asked: int, pairs: list[tuple[float, Spread]]) -> str:
    in68 = np.mean([said.low68 <= truth <= said.high68 for truth, said in pairs])
    in95 = np.mean([said.low95 <= truth <= said.high95 for truth, said in pairs])
    ratios = [said.value / truth for truth, said in pairs]
    over = f"{np.median(ratios):.2f} ± {np.std(ratios):.2f}"
    return f"| {name} | {len(pairs)} of {asked} | {in68:.0%} | {in95:.0%} | {over} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-seed", type=int, default=5000)
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--basins", type=int, default=150)
    parser.add_argument("--surveys", type=int, default=20)
    given = parser.parse_args()
    head = "| answered | 68 % holds | 95 % holds | over truth |\n|---|---|---|---|---|"

    print(f"| source: emits, passes {head}")
    for share, passes in ((0.4, 12), (0.4, 5), (0.8, 8), (1.0, 6), (0.1, 30)):
        truth = share * float(np.exp(0.5 * SCATTER**2)) * 8.76
        seeds = range(given.first_seed, given.first_seed + given.sources)
        said = [one_source(np.random.default_rng(seed), share, passes) for seed in seeds]
        pairs = [(truth, one) for one in said if isinstance(one, Spread)]
        print(row(f"{share:.0%}, {passes}", given.sources, pairs))

    print(f"\n| basin: not seen after one look {head}")
    pairs = []
    for seed in range(given.first_seed + 1000, given.first_seed + 1000 + given.basins):
        rng = np.random.default_rng(seed)
        rates = 250.0 * np.exp(rng.standard_normal(rng.poisson(150)))
        seen = rng.random(rates.size) < CURVE.probability(rates)
        said = unseen_part(rates[seen], CURVE, rng, draws=60).rate
        if isinstance(said, Spread):
            pairs.append((float(rates[~seen].sum()), said))
    print(row("150 sources", given.basins, pairs))

    print(f"\n| basin: seen and not seen {head}")
    for looks, mean_share in ((20, 0.15), (60, 0.02)):
        pairs = []
        for seed in range(given.first_seed + 2000, given.first_seed + 2000 + given.surveys):
            truth, made = one_basin(np.random.default_rng(seed), looks, mean_share)
            if isinstance(made.unseen, Spread) and isinstance(made.total, Spread):
                pairs.append((truth, made.total))
        print(row(f"emit {mean_share:.0%} of the time, {looks} looks", given.surveys, pairs))


if __name__ == "__main__":
    main()
