"""What the ledger gives: frozen views that hold only what their viewer may see.

Whatever is None is not known, or not for this viewer; where the difference matters, a field says so.
"""

from superemitter.pipeline.ledger.views.cases import (
    Banner,
    CasePlumeView,
    CaseRow,
    CaseView,
    ClockView,
    DocumentView,
    LookView,
    RuleDay,
    TimelineEntry,
)
from superemitter.pipeline.ledger.views.figures import (
    Amount,
    Happening,
    Share,
    StatisticsView,
)
from superemitter.pipeline.ledger.views.places import (
    FacilityRow,
    FacilityView,
    OperatorRow,
    OperatorView,
    PassView,
    SceneView,
    SourceRow,
    SourceView,
)
from superemitter.pipeline.ledger.views.plumes import (
    AttributionView,
    Candidate,
    Page,
    PlumeRow,
    PlumeView,
    VersionView,
)

__all__ = [
    "Amount",
    "AttributionView",
    "Banner",
    "Candidate",
    "CasePlumeView",
    "CaseRow",
    "CaseView",
    "ClockView",
    "DocumentView",
    "FacilityRow",
    "FacilityView",
    "Happening",
    "LookView",
    "OperatorRow",
    "OperatorView",
    "Page",
    "PassView",
    "PlumeRow",
    "PlumeView",
    "RuleDay",
    "SceneView",
    "Share",
    "SourceRow",
    "SourceView",
    "StatisticsView",
    "TimelineEntry",
    "VersionView",
]
