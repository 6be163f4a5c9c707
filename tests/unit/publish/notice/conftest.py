"""A complete notification, its rule text and what it draws, to make notices of."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime

import pytest
from PIL import Image
from shapely.geometry import Point

from superemitter.model import Facility
from superemitter.programme.notification import (
    Attestation,
    Evidence,
    NearbyOwner,
    Notification,
    PlumeFacts,
    ReportedRate,
)
from superemitter.programme.programmes import Programme, load_programme
from superemitter.publish.notice import NoticeMaterial

STATEMENT = load_programme("us-epa-sep").text("us-60.5371b").attestation
assert STATEMENT is not None
TO_SIGN = STATEMENT.words.en


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (20, 60, 120)).save(out, format="PNG")
    return out.getvalue()


def make_notification() -> Notification:
    """Complete, signed, submitted in time."""
    return Notification(
        case_id="US-2027-000123",
        chain_head="3fa94c20" * 8,
        programme_id="us-epa-sep",
        text_id="us-60.5371b",
        text_citation="40 CFR 60.5371b, 89 FR 16820",
        language="en",
        verified=True,
        simulated=False,
        notifier_id="N-0042",
        notifier_name="Clean Skies Watch 清空观察",
        detected_at=(datetime(2027, 2, 1, 18, 30, tzinfo=UTC), datetime(2027, 1, 29, 18, 20, tzinfo=UTC)),
        longitude=-102.10123,
        latitude=31.89994,
        technology="satellite",
        approval_reference="EPA-ALT-0099",
        owners_nearby=(
            NearbyOwner(
                operator="中国石油天然气股份有限公司",
                facility_id="F-2",
                facility_name="松辽盆地北部中央集中处理站第二期扩建工程",
                distance_m=44.2,
            ),
            NearbyOwner(
                operator="Permian Basin Gathering & Compression Holdings of West Texas LLC",
                facility_id="F-1",
                facility_name="North-by-Northwest Central Production Facility and Compressor Station 17 (Unit B)",
                distance_m=12.3,
            ),
        ),
        evidence=(
            Evidence(
                name="enhancement.png",
                sha256=hashlib.sha256(picture()).hexdigest(),
                media_type="image/png",
                caption="Methane enhancement with the plume's outline.",
            ),
            Evidence(name="run.json", sha256="a1b2c3d4" * 8, media_type="application/json", caption="Run record"),
        ),
        rate=ReportedRate(
            rate_kg_h=1240.0,
            method="ime",
            sigma_kg_h=460.0,
            low_kg_h=830.0,
            high_kg_h=1760.0,
            low95_kg_h=434.0,
            high95_kg_h=2604.0,
            probability_ge_100_kg_h=0.9999,
        ),
        attestation=Attestation(text=TO_SIGN, signer="Ana Núñez, Director", signed_on=date(2027, 2, 3)),
        submitted_at=datetime(2027, 2, 4, 15, 0, tzinfo=UTC),
        plumes=(
            PlumeFacts(
                plume_id="EMIT_L1B_RAD_001_20270201T183000_2703212_011-p01",
                scene_id="EMIT_L1B_RAD_001_20270201T183000_2703212_011",
                instrument="EMIT",
                time=datetime(2027, 2, 1, 18, 30, tzinfo=UTC),
                longitude=-102.10123,
                latitude=31.89994,
                source_sigma_m=41.0,
                length_m=1850.0,
                detection_probability=0.9996,
                wind_speed_m_s=3.4,
                wind_sigma_m_s=1.5,
                wind_from_deg=210.0,
                wind_source="ERA5",
                reviewed_by="Li Hua 李华",
                run_id="9c1f7ab2",
                flags=("wind-sigma-assumed",),
            ),
        ),
    )


def make_material() -> NoticeMaterial:
    """Outline, two facilities, one picture, a budget, the clocks of a notice received."""
    outline = Point(-102.0985, 31.902).buffer(0.005).intersection(Point(-102.095, 31.905).buffer(0.009))
    components = {
        "wind": 390.0,
        "mask": 140.0,
        "noise": 45.0,
        "background": 75.0,
        "unit": 62.0,
        "calibration": 96.0,
    }
    return NoticeMaterial(
        made_at=datetime(2027, 2, 20, 17, 0, tzinfo=UTC),
        outline=outline,
        facilities=(
            Facility(facility_id="F-1", name="one", longitude=-102.10133, latitude=31.90001),
            Facility(facility_id="F-2", name="two", longitude=-102.1008, latitude=31.9001),
        ),
        pictures={"enhancement.png": picture()},
        rate_components=components,
        moments={"notice-received": datetime(2027, 2, 20, 16, 0, tzinfo=UTC)},
    )


def parts() -> tuple[Notification, Programme, NoticeMaterial]:
    """Everything one notice is made of."""
    return make_notification(), load_programme("us-epa-sep"), make_material()


@pytest.fixture
def notification() -> Notification:
    """Complete, signed, submitted in time."""
    return make_notification()


@pytest.fixture
def programme() -> Programme:
    """The EPA's, as packaged."""
    return load_programme("us-epa-sep")


@pytest.fixture
def material() -> NoticeMaterial:
    """See :func:`make_material`."""
    return make_material()


@pytest.fixture(scope="module")
def module_notice() -> tuple[Notification, Programme, NoticeMaterial]:
    """The same, once a module."""
    return parts()
