"""Simulated swaths are as rough as real ones."""

from __future__ import annotations

import numpy as np

from superemitter.simulate.swath import SwathSpec, random_clutter, simulate_swath


def test_random_clutter_varies_as_real_crops_do():
    """Half the mean squared difference of pixels so far apart: the tenths and the median of 16 real crops.

    As benchmarks/tropomi_clutter.py tells them, to 2 %.
    """
    wanted = {1: (6, 14, 29), 6: (13, 48, 79), 22: (14, 91, 157)}
    told = {lag: [] for lag in wanted}
    for seed in range(80):
        spec = SwathSpec(noise_ppb=random_clutter(np.random.default_rng(seed)), seed=seed, cloud_share=0.0)
        methane = simulate_swath(spec).fields["methane"]
        for lag in wanted:
            down, across = methane[lag:] - methane[:-lag], methane[:, lag:] - methane[:, :-lag]
            told[lag].append(0.25 * (np.mean(down**2) + np.mean(across**2)))
    for lag, (low, middle, high) in wanted.items():
        assert 0.7 * middle < np.median(told[lag]) < 1.3 * middle
        assert 0.5 * low < np.quantile(told[lag], 0.1) < 4.5 * low
        assert 0.7 * high < np.quantile(told[lag], 0.9) < 1.6 * high
