"""The routes that tell: voices, models, readiness, status, metrics."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from antifraud.speech.server.booth import OpenBooth
from antifraud.speech.server.problems import documented, not_ready
from antifraud.speech.server.replies import Model, Models, Ready, Status, Voices

router = APIRouter()
open_router = APIRouter()
"""What may be asked without the token: a load balancer has none, and the answer says nothing of anybody's work."""


@router.get("/v1/voices", responses=documented(503))
async def voices(booth: OpenBooth) -> Voices:
    """List every voice with its gender, the ages it suits, and its neutral rate and pitch."""
    return Voices(voices=booth.desk().cast.offers)


@router.get("/v1/models", responses=documented(503))
async def models(booth: OpenBooth) -> Models:
    """Name the engine, as OpenAI lists models."""
    engine = booth.desk().engine
    return Models(data=[Model(id=engine.name, owned_by=engine.licence)])


@open_router.get("/ready", responses=documented(503))
async def ready(booth: OpenBooth) -> Ready:
    """Tell whether a request would be spoken; needs no token."""
    trouble = booth.desk().batcher.trouble
    if trouble is not None:
        raise not_ready("the engine does not speak")
    return Ready()


@router.get("/status", responses=documented(503))
async def status(booth: OpenBooth) -> Status:
    """Tell which engine speaks, and how much it has to do."""
    return booth.status()


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "counts since the start", "content": {"text/plain": {}}}},
)
async def metrics(booth: OpenBooth) -> Response:
    """Tell the counts in Prometheus's text format."""
    return Response(booth.metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
