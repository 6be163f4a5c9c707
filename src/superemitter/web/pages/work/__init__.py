"""The pages of the roles: what waits for whoever is signed in, and the forms with which they do it."""

from fastapi import APIRouter

from superemitter.web.pages.work import answers, cases, filing, home, notices, plumes, submissions

router = APIRouter()
for room in (home, submissions, cases, plumes, notices, answers, filing):
    router.include_router(room.router, prefix="/work")
