"""The document of the interface: what it promises is what is answered, whatever is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from superemitter.register import Register
from superemitter.web import Settings, create_app
from superemitter.web.api.layers import COLLECTIONS

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_the_document_is_valid_and_names_every_part_it_uses(asking: Any) -> None:
    answer = asking.get("/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    schemathesis.openapi.from_dict(document).validate()
    assert document["openapi"].startswith("3.0")
    text = answer.text
    for kind, held in document["components"].items():
        for name in held:
            assert kind == "securitySchemes" or f"#/components/{kind}/{name}" in text, name
    assert "422" not in {status for path in document["paths"].values() for operation in path.values()
                         for status in operation["responses"]}  # fmt: skip


def test_no_part_of_the_document_leads_to_another_server(asking: Any) -> None:
    document = asking.get("/api").json()
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]
    assert "http" not in str(document["paths"])


@pytest.mark.slow
def test_no_question_is_answered_in_a_way_the_document_does_not_say(
    book: Register, clock: Any, socket_enabled: None
) -> None:
    app = create_app(book, Settings(clock=clock, sign_ins=(10**6, 1.0)))
    schema = schemathesis.openapi.from_asgi("/api", app)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=12, deadline=None, database=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(checks=CHECKS)

        ask()
    assert asked > 300


def test_the_page_on_the_interface_has_the_collections_and_properties_of_the_code() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    for name, one in COLLECTIONS.items():
        row = f"| `{name}` | {one.description} | {', '.join(f'`{each}`' for each in one.filters)} |"
        assert row in page, f"put this in:\n{row}"
        for column in one.layer.columns:
            row = f"| `{column.name}` | {column.kind} | {column.meaning} |"
            assert row in page, f"put this in:\n{row}"
