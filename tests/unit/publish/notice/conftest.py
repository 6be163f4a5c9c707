"""A complete notification, its rule text and what it draws, to make notices of."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from shapely.geometry import Point

from superemitter.model import Facility
from superemitter.programme.calendar import load_holidays
from superemitter.programme.notification import (
    Attestation,
    Evidence,
    NearbyOwner,
    Notification,
    PlumeFacts,
    ReportedRate,
)
from superemitter.programme.rules import (
    Duty,
    NoticeItem,
    NotifierRule,
    Passport,
    Period,
    PublicationRule,
    RuleText,
    Statement,
    Status,
)
from superemitter.programme.strict import Bilingual
from superemitter.publish.notice import NoticeMaterial

CITED = "40 CFR 60.5371b"
STATEMENT = Bilingual(en="I certify that this is true and complete. " * 6, zh="本人声明所述内容真实、完整。" * 8)
ITEMS = (
    ("notifier_id", "Notifier ID", "通报方编号"),
    ("detection_date", "Date of detection", "检测日期"),
    ("place", "Latitude and longitude", "经纬度"),
    ("owners_nearby", "Owner or operator within 50 m", "50 m 以内的业主/运营方"),
    ("technology_approval", "Technology and approval reference", "检测技术与批准文号"),
    ("evidence", "Documentation and imagery", "证明文件与影像"),
    ("rate_with_bounds", "Rate and its uncertainty bounds", "排放速率及不确定度范围"),
    ("attestation", "Signed and dated statement", "签署并注明日期的声明"),
    ("in_time", "Submitted within 15 calendar days", "15 个日历日内提交"),
)


def cited(paragraph: str, tag: str = "V") -> Passport:
    """A passport of the rule's own text."""
    return Passport(citation=f"{CITED}{paragraph}", tag=tag)


def duty(duty_id: str, title: Bilingual, who: str, starts: str, ends: str, amount: float, unit: str) -> Duty:
    return Duty(
        id=duty_id,
        title=title,
        who=who,
        starts_on=starts,
        ends_on=ends,
        amount=amount,
        unit=unit,
        passport=cited("(d)(1)"),
    )


@pytest.fixture
def text() -> RuleText:
    """A rule text like the EPA's, in force, suspended, in force again."""
    periods = (
        (Status.IN_FORCE, date(2024, 5, 7), date(2025, 7, 30)),
        (Status.SUSPENDED, date(2025, 7, 31), date(2027, 1, 22)),
        (Status.IN_FORCE, date(2027, 1, 23), None),
    )
    return RuleText(
        id="us-epa-sep-b",
        programme_id="us-epa-sep",
        citation=CITED,
        title=Bilingual(en="EPA Super Emitter Program", zh="美国环保署超级排放源计划"),
        jurisdiction="US",
        basis="rule",
        time_zone=ZoneInfo("America/New_York"),
        holidays=load_holidays("us-federal"),
        periods=tuple(
            Period(status=status, valid_from=first, valid_to=last, passport=cited("(f)"))
            for status, first, last in periods
        ),
        area=(),
        facility_types=(),
        traits_required=(),
        traits_excluded=(),
        location="at_or_near",
        location_within_m=50.0,
        remote_detection=True,
        definition=cited(""),
        criteria=(),
        technologies=("satellite",),
        notifier=NotifierRule(
            kind="certified", wait_days=15, approval_reference=True, excluded=("operator",), passport=cited("(b)")
        ),
        duties=(
            duty(
                "notify",
                Bilingual(en="Submit", zh="提交通报"),
                "notifier",
                "detected",
                "notified",
                15,
                "calendar_days",
            ),
            duty(
                "start",
                Bilingual(en="Investigate", zh="开展调查"),
                "operator",
                "notice-received",
                "investigation-started",
                5,
                "calendar_days",
            ),
            duty(
                "report",
                Bilingual(en="Report", zh="提交报告"),
                "operator",
                "notice-received",
                "answered",
                15,
                "calendar_days",
            ),
            duty(
                "update",
                Bilingual(en="Update", zh="补报"),
                "operator",
                "event-ended",
                "answer-updated",
                5,
                "business_days",
            ),
        ),
        notice_items=tuple(
            NoticeItem(id=item, title=Bilingual(en=en, zh=zh), passport=cited(f"(c)({number})"))
            for number, (item, en, zh) in enumerate(ITEMS, start=1)
        ),
        attestation=Statement(words=STATEMENT, passport=cited("(c)(8)")),
        answer_attestation=None,
        answer_form="us-epa-sep-answer",
        publication=PublicationRule(
            event="issued", event_days=0, attribution_when=("confirmed",), passport=cited("")
        ),
        step_citations={},
        note=Bilingual(en="A note on the text.", zh="关于本文本的说明。"),
    )


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (20, 60, 120)).save(out, format="PNG")
    return out.getvalue()


@pytest.fixture
def notification() -> Notification:
    """Complete, signed, submitted in time."""
    return Notification(
        case_id="US-2027-000123",
        chain_head="3fa94c20" * 8,
        programme_id="us-epa-sep",
        text_id="us-epa-sep-b",
        text_citation=f"{CITED}, 89 FR 16820",
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
        attestation=Attestation(text=STATEMENT.en, signer="Ana Núñez, Director", signed_on=date(2027, 2, 3)),
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


@pytest.fixture
def material() -> NoticeMaterial:
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


def changed(thing: Any, **changes: Any) -> Any:
    """A copy with some attributes changed."""
    return dataclasses.replace(thing, **changes)
