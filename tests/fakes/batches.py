"""The batch interface of the fake service: files in, a batch that takes its time, files out."""

from __future__ import annotations

import time
from hashlib import sha256
from random import Random
from typing import Any
from uuid import uuid4

import orjson

from .service import Denied, Order, Service

MAX_LINES = 5000
VALIDATING_SHARE = 0.25
"""Share of a batch's time spent validating."""
ERRORS: dict[str, tuple[int, str]] = {
    "429": (429, "Request was rejected due to rate limiting."),
    "429_retry_after": (429, "Request was rejected due to rate limiting."),
    "500": (500, "Internal server error"),
    "503": (503, "Service is too busy."),
    "key_echo": (500, "Internal server error"),
    "error_200": (200, "Upstream error"),
}
"""Faults that fail a line with a response; the others leave it without one."""


def store_file(service: Service, content: bytes, name: str, purpose: str) -> dict[str, Any]:
    """Keep a file and return its entry."""
    entry: dict[str, Any] = {
        "id": f"file-{uuid4().hex[:16]}",
        "object": "file",
        "bytes": len(content),
        "created_at": int(time.time()),
        "filename": name,
        "purpose": purpose,
        "status": "processed",
    }
    service.files[entry["id"]] = entry
    service.contents[entry["id"]] = content
    return entry


def create_batch(service: Service, wish: dict[str, Any]) -> dict[str, Any]:
    """Begin a batch.

    Raises:
        Denied: there is no such input file.
    """
    if wish.get("input_file_id") not in service.contents:
        raise Denied(400, {"error": {"message": "No such input file", "type": "invalid_request_error"}})
    now = time.time()
    batch = {
        "id": f"batch_{uuid4().hex[:16]}",
        "object": "batch",
        "endpoint": wish.get("endpoint", "/v1/chat/completions"),
        "errors": None,
        "input_file_id": wish["input_file_id"],
        "completion_window": wish.get("completion_window", "24h"),
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": int(now),
        "expires_at": int(now) + 86400,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": {**(wish.get("metadata") or {})},
    }
    service.batches[batch["id"]] = {"batch": batch, "since": now}
    return batch


def look_at_batch(service: Service, batch_id: str) -> dict[str, Any]:
    """Return a batch as it stands by now.

    Raises:
        Denied: there is no such batch.
    """
    if batch_id not in service.batches:
        raise Denied(404, {"error": {"message": "No such batch", "type": "invalid_request_error"}})
    kept = service.batches[batch_id]
    batch: dict[str, Any] = kept["batch"]
    passed = time.time() - kept["since"]
    if batch["status"] == "validating" and passed >= service.settings.batch_seconds * VALIDATING_SHARE:
        _validate(service, batch)
    if batch["status"] == "in_progress" and passed >= service.settings.batch_seconds:
        _complete(service, batch)
    return batch


def _validate(service: Service, batch: dict[str, Any]) -> None:
    lines = service.contents[batch["input_file_id"]].splitlines()
    problems = list(_problems(lines))
    batch["request_counts"]["total"] = len(lines)
    if problems:
        data = [{"code": "invalid_request", "message": message, "line": line} for line, message in problems[:100]]
        batch.update(status="failed", failed_at=int(time.time()), errors={"object": "list", "data": data})
    else:
        batch.update(status="in_progress", in_progress_at=int(time.time()))


def _problems(lines: list[bytes]) -> list[tuple[int, str]]:
    if not 0 < len(lines) <= MAX_LINES:
        return [(0, f"{len(lines)} lines; expected 1 to {MAX_LINES}")]
    problems, seen, models = [], set(), set()
    for number, line in enumerate(lines, 1):
        try:
            entry = orjson.loads(line)
            custom_id, model = entry["custom_id"], entry["body"]["model"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            problems.append((number, "expected an object with custom_id, method, url and body"))
            continue
        if custom_id in seen:
            problems.append((number, f"custom_id {custom_id!r} occurs twice"))
        seen.add(custom_id)
        models.add(model)
    if len(models) > 1:
        problems.append((0, f"one model per file; found {sorted(models)}"))
    return problems


def _complete(service: Service, batch: dict[str, Any]) -> None:
    outputs: list[bytes] = []
    errors: list[bytes] = []
    for line in service.contents[batch["input_file_id"]].splitlines():
        entry = orjson.loads(line)
        service.ledger.batch_requests += 1
        result = _run_line(service, entry["custom_id"], entry["body"])
        response = result["response"]
        (outputs if response and "choices" in response["body"] else errors).append(orjson.dumps(result))
    Random(service.settings.seed).shuffle(outputs)  # the format promises no order
    batch["request_counts"].update(completed=len(outputs), failed=len(errors))
    for name, lines in (("output_file_id", outputs), ("error_file_id", errors)):
        if lines:
            batch[name] = store_file(service, b"\n".join(lines) + b"\n", f"{name}.jsonl", "batch_output")["id"]
    batch.update(status="completed", completed_at=int(time.time()))


def _run_line(service: Service, custom_id: str, body: dict[str, Any]) -> dict[str, Any]:
    digest = sha256(orjson.dumps(body)).hexdigest()
    try:
        service.check(body)
    except Denied as denied:
        return _line(custom_id, denied.status, denied.payload)
    order = service.order(body, digest)
    if order.fault in ERRORS:
        status, message = ERRORS[order.fault]
        return _line(custom_id, status, {"error": {"message": message, "type": "server_error"}})
    if order.fault in ("hang", "drop", "cut"):
        error = {"code": "batch_expired", "message": "This request could not be executed in time."}
        return {"id": f"batch_req_{uuid4().hex[:12]}", "custom_id": custom_id, "response": None, "error": error}
    return _line(custom_id, 200, _answer(service, order))


def _answer(service: Service, order: Order) -> dict[str, Any]:
    completion = service.complete(order)
    if completion.is_usable:
        service.ledger.note_answer(order.digest)
    return completion.body


def _line(custom_id: str, status: int, body: object) -> dict[str, Any]:
    request = uuid4().hex[:12]
    response = {"status_code": status, "request_id": request, "body": body}
    return {"id": f"batch_req_{request}", "custom_id": custom_id, "response": response, "error": None}
