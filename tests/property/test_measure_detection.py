"""What holds of the detection for any field."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from superemitter.measure.detection import detect
from superemitter.measure.detection.pooling import pool
from superemitter.measure.detection.splitting import Candidate, split_group
from superemitter.model import Enhancement, Footprint, enhancement_dataset, load_instrument

SHAPE = (128, 192)
EMIT = load_instrument("emit")
seeds = st.integers(0, 2**32 - 1)


def enhancement(field):
    row, column = np.mgrid[: field.shape[0], : field.shape[1]]
    valid = np.isfinite(field)
    no = np.zeros(field.shape, dtype=bool)
    field = field.astype(np.float32)
    return Enhancement(
        scene_id="made",
        instrument=EMIT,
        time=datetime(2023, 7, 17, tzinfo=UTC),
        footprint=Footprint(longitude=50 + column * 6e-4, latitude=30 - row * 5e-4),
        dataset=enhancement_dataset(
            enhancement=field, score_input=field, sigma=np.abs(field), valid=valid, water=no, saturated=no
        ),
        method="made",
    )


def field_of(seed, plumes=3):
    """Noise with oblong plumes and some pixels missing."""
    rng = np.random.default_rng(seed)
    field = 300 * rng.standard_normal(SHAPE)
    spikes = np.zeros(SHAPE)
    spikes[rng.integers(10, 118, plumes), rng.integers(10, 182, plumes)] = rng.uniform(1e4, 3e5, plumes)
    field += gaussian_filter(spikes, (2.0, 5.0))
    field[rng.random(SHAPE) < 0.02] = np.nan
    return field


def masks(detection):
    return sorted(tuple(np.flatnonzero(plume.mask)) for plume in detection.plumes)


def _owned(plume):
    """Share of each pixel's mass that is this plume's."""
    return plume.mask.astype(float) if plume.mass_share is None else plume.mass_share


@settings(max_examples=40, deadline=None)
@given(seed=seeds, to_deg=st.floats(0, 360), sources=st.integers(2, 5))
def test_dividing_a_group_neither_makes_nor_loses_mass(seed, to_deg, sources):
    rng = np.random.default_rng(seed)
    made = enhancement(field_of(seed, plumes=9))
    score = gaussian_filter(rng.standard_normal(SHAPE), 3.0) * 60
    mask = np.zeros(SHAPE, dtype=bool)
    mask[20:90, 30:150] = rng.random((70, 120)) < rng.uniform(0.05, 1.0)
    places = rng.choice(np.argwhere(mask), sources, replace=False)
    maxima = [Candidate(row=int(r), column=int(c), evidence=0.0) for r, c in places]
    smooth = pool(made.enhancement_ppm_m, made.valid, 1.0)
    parts = split_group(maxima, mask, smooth, score, mask_score=2.0, footprint=made.footprint, to_deg=to_deg)
    field = np.nan_to_num(made.enhancement_ppm_m.astype(float))
    total = float(field[mask].sum())
    shares = [part.mask.astype(float) if part.share is None else part.share for part in parts]
    assert sum(shares)[mask] == pytest.approx(1.0, abs=1e-12)
    assert sum(float((field * share).sum()) for share in shares) == pytest.approx(total, rel=1e-9)
    assert all(np.array_equal(share > 0, part.mask) for share, part in zip(shares, parts, strict=True))


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_plumes_are_apart_valid_and_above_the_threshold(seed):
    given_field = enhancement(field_of(seed))
    detection = detect(given_field)
    together = np.sum([_owned(plume) for plume in detection.plumes], axis=0)
    assert np.max(together, initial=0) <= 1 + 1e-9
    strengths = [plume.detection_snr for plume in detection.plumes]
    assert strengths == sorted(strengths, reverse=True)
    for plume in detection.plumes:
        assert given_field.valid[plume.mask].all()
        assert plume.detection_snr >= detection.threshold
        assert plume.mask.sum() >= 5
        assert -0.5 <= plume.source_row <= SHAPE[0]
        assert -0.5 <= plume.source_column <= SHAPE[1]
    assert len({plume.plume_id for plume in detection.plumes}) == len(detection.plumes)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, unit=st.sampled_from([2.0**-20, 0.5, 4.0, 1024.0]), rows=st.booleans(), columns=st.booleans())
def test_units_and_the_way_the_image_runs_do_not_matter(seed, unit, rows, columns):
    field = field_of(seed)
    turned = (slice(None, None, -1 if rows else 1), slice(None, None, -1 if columns else 1))
    plain, changed = detect(enhancement(field)), detect(enhancement(unit * field[turned]))
    np.testing.assert_allclose(changed.score[turned], plain.score, atol=2e-3)
    assert len(changed.plumes) == len(plain.plumes)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, offset=st.floats(-1e4, 1e4))
def test_a_constant_offset_is_background(seed, offset):
    field = field_of(seed)
    plain, moved = detect(enhancement(field)), detect(enhancement(field + offset))
    np.testing.assert_allclose(moved.score, plain.score, atol=0.02)
    np.testing.assert_allclose(moved.background_ppm_m - plain.background_ppm_m, offset, atol=1.0)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_the_same_field_gives_the_same_plumes(seed):
    field = field_of(seed)
    assert masks(detect(enhancement(field))) == masks(detect(enhancement(field.copy())))
