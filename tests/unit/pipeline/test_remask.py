"""A reviewer's own outline of a plume that shared its mass."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from superemitter.model import Detection, Enhancement, Flag, Footprint, enhancement_dataset, load_instrument
from superemitter.pipeline.remask import plume_within

SHAPE = (40, 60)


@pytest.fixture
def enhancement():
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    field = np.where((abs(row - 20) < 4) & (column > 10), 900.0, 0.0).astype(np.float32)
    no = np.zeros(SHAPE, dtype=bool)
    return Enhancement(
        scene_id="made",
        instrument=load_instrument("emit"),
        time=datetime(2023, 7, 17, tzinfo=UTC),
        footprint=Footprint(longitude=50 + column * 6e-4, latitude=30 - row * 5e-4),
        dataset=enhancement_dataset(
            enhancement=field, score_input=field, sigma=field + 1, valid=~no, water=no, saturated=no
        ),
        method="made",
    )


def test_all_mass_within_an_outline_is_the_plumes(enhancement):
    detection = Detection(
        score=enhancement.enhancement_ppm_m / 100,
        plumes=(),
        threshold=4.0,
        expected_false_plumes=0.5,
        background_ppm_m=np.zeros(SHAPE, dtype=np.float32),
    )
    record = {
        "plume_id": "made-001",
        "detection_probability": 1.0,
        "flags": ["border", "shared-mass", "several-sources"],
    }
    outline = shapely.box(50.003, 29.985, 50.03, 29.995)
    plume = plume_within(record, enhancement, detection, outline, None)
    assert plume.mask.any()
    assert plume.mass_share is None
    assert plume.flags == {Flag.BORDER}
