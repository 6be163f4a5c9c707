"""What people read and fill: one room for each group of pages."""

from fastapi import APIRouter, Depends

from superemitter.web.context import page_language
from superemitter.web.pages import accounts, admin, cases, feeds, home, places, plumes, report, session, work

router = APIRouter()
for room in (home, plumes, places, cases, feeds, accounts, report, session, work, admin):
    router.include_router(room.router, prefix="/{language}", dependencies=[Depends(page_language)])
