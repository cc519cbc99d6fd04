"""The application: routes, guard and errors around one engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from antifraud import __version__
from antifraud.speech.server import speaking, telling
from antifraud.speech.server.booth import Booth, Opening
from antifraud.speech.server.bounds import ServerSettings
from antifraud.speech.server.guarding import Guard
from antifraud.speech.server.problems import answer_errors, documented


def create_app(opening: Opening, settings: ServerSettings) -> FastAPI:
    """Return an ASGI application that starts the engine with its lifespan and ends it too.

    Args:
        opening: `contextlib.nullcontext(engine)` for an engine that has started.
    """
    booth = Booth(opening, settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with booth.kept():
            yield

    described = [] if settings.token is None else [Depends(HTTPBearer(auto_error=False))]  # the guard does the work
    app = FastAPI(
        title="antifraud speech server",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.booth = booth
    app.add_middleware(Guard, token=settings.token, most_bytes=settings.body_bytes)
    answer_errors(app)
    refusals = {} if settings.token is None else documented(401)
    for router in (speaking.router, telling.router):
        app.include_router(router, dependencies=described, responses=refusals)
    app.include_router(telling.open_router)
    return app
