"""A repository of data sets on 127.0.0.1 that speaks the protocols of the Hugging Face Hub and of ModelScope.

It keeps what is really sent: blobs by the digest of their bytes, and files as commits put them. Protocols as
huggingface_hub 2.4 and modelscope-hub 0.5 speak them: git-lfs batches, commits as ndjson or JSON.
"""

from __future__ import annotations

import asyncio
import threading
from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

TOKEN = "hf_right-token-of-the-double"
MOST_BYTES = 1 << 26
BLOB_SUFFIXES = (".wav", ".flac", ".mp3", ".parquet", ".tar")


@dataclass
class Repository:
    """One repository."""

    is_private: bool
    licence: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class DatasetHub:
    """The service, for the length of a `with`; its state is there to look at."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """Method and path of each, in order."""
    blobs_taken: int | None = None
    """After so many uploads the store of blobs refuses; None for never."""
    ignored: frozenset[str] = frozenset()
    """Paths that a .gitignore there leaves out."""
    has_blobs: bool = True
    """False: every file goes into the commit itself, whatever its kind."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def uploads(self) -> int:
        """How many blobs were sent."""
        return sum(request.startswith("PUT /blobs/") for request in self.requests)

    async def _start(self) -> str:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self._guard])
        name = r"{repo:[^/]+/[^/]+}"
        app.router.add_routes(
            [
                web.post("/api/repos/create", self._create_at_hub),
                web.post("/api/validate-yaml", self._validate),
                web.get(f"/api/datasets/{name}", self._info),
                web.post(f"/api/datasets/{name}/preupload/main", self._preupload),
                web.post(f"/datasets/{name}.git/info/lfs/objects/batch", self._batch),
                web.post(f"/api/datasets/{name}/commit/main", self._commit_at_hub),
                web.get(f"/api/datasets/{name}/tree/main", self._tree_at_hub),
                web.put("/blobs/{oid}", self._take),
                web.post("/api/v1/datasets", self._create_at_modelscope),
                web.get(f"/openapi/v1/datasets/{name}", self._info),
                web.post(f"/api/v1/repos/datasets/{name}/info/lfs/objects/batch", self._batch),
                web.post(f"/api/v1/repos/datasets/{name}/commit/master", self._commit_at_modelscope),
                web.get(f"/api/v1/datasets/{name}/repo/tree", self._tree_at_modelscope),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        is_signed = request.path.startswith("/blobs/")  # the address is the permission, as in object stores
        if not is_signed and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return reply({"error": f"no such token: {request.headers.get('Authorization')}"}, 401)
        return await handler(request)  # type: ignore[no-any-return]

    async def _create_at_hub(self, request: web.Request) -> web.Response:
        asked = await request.json()
        name = f"{asked['organization']}/{asked['name']}"
        url = f"{self.url}/datasets/{name}"
        if name in self.repositories:
            return reply({"error": "You already created this dataset repo", "url": url}, 409)
        self.repositories[name] = Repository(asked.get("visibility") == "private")
        return reply({"url": url, "name": name})

    async def _create_at_modelscope(self, request: web.Request) -> web.Response:
        asked = await request.post()
        name = f"{asked['Owner']}/{asked['Name']}"
        if name in self.repositories:
            return reply({"Code": 400, "Message": "dataset already exists", "Success": False}, 400)
        self.repositories[name] = Repository(asked["Visibility"] == "1", str(asked["License"]))
        return reply({"Code": 200, "Data": {"Name": asked["Name"]}, "Success": True})

    async def _validate(self, request: web.Request) -> web.Response:
        asked = await request.json()
        errors = [] if asked["content"].startswith("---\n") else [{"message": "no header"}]
        return reply({"errors": errors, "warnings": []})

    async def _info(self, request: web.Request) -> web.Response:
        name = request.match_info["repo"]
        repository = self.repositories[name]
        return reply({"id": name, "private": repository.is_private, "sha": "0" * 40, "siblings": [], "tags": []})

    async def _preupload(self, request: web.Request) -> web.Response:
        files = self.repositories[request.match_info["repo"]].files
        answer = []
        for asked in (await request.json())["files"]:
            path = asked["path"]
            is_blob = self.has_blobs and path.endswith(BLOB_SUFFIXES)
            oid = None if path not in files else digest_of(files[path], is_blob=is_blob)
            mode = "lfs" if is_blob else "regular"
            answer.append({"path": path, "uploadMode": mode, "shouldIgnore": path in self.ignored, "oid": oid})
        return reply({"files": answer})

    async def _batch(self, request: web.Request) -> web.Response:
        objects = []
        for asked in orjson.loads(await request.read())["objects"]:
            upload = {"upload": {"href": f"{self.url}/blobs/{asked['oid']}", "header": {}}}
            objects.append({**asked, **({} if asked["oid"] in self.blobs else {"actions": upload})})
        return reply({"transfer": "basic", "objects": objects})

    async def _take(self, request: web.Request) -> web.Response:
        if self.blobs_taken is not None and self.uploads > self.blobs_taken:
            return reply({"error": "the store is full"}, 400)
        content = await request.read()
        if sha256(content).hexdigest() != request.match_info["oid"]:
            return reply({"error": "these are other bytes"}, 422)
        self.blobs[request.match_info["oid"]] = content
        return web.Response()

    async def _commit_at_hub(self, request: web.Request) -> web.Response:
        files = self.repositories[request.match_info["repo"]].files
        for line in (await request.read()).splitlines():
            part = orjson.loads(line)
            if part["key"] == "file":
                files[part["value"]["path"]] = b64decode(part["value"]["content"])
            if part["key"] == "lfsFile":
                files[part["value"]["path"]] = self.blobs[part["value"]["oid"]]
        return reply({"commitUrl": f"{self.url}/datasets/{request.match_info['repo']}/commit/1", "commitOid": "1" * 40})

    async def _commit_at_modelscope(self, request: web.Request) -> web.Response:
        files = self.repositories[request.match_info["repo"]].files
        for action in (await request.json())["actions"]:
            is_blob = action["type"] == "lfs"
            files[action["path"]] = self.blobs[action["sha256"]] if is_blob else b64decode(action["content"])
        return reply({"Code": 200, "Data": {"CommitId": "1" * 40}, "Success": True})

    async def _tree_at_hub(self, request: web.Request) -> web.Response:
        files = self.repositories[request.match_info["repo"]].files
        return reply(
            [{"type": "file", "path": path, "size": len(data), "oid": digest_of(data)} for path, data in files.items()]
        )

    async def _tree_at_modelscope(self, request: web.Request) -> web.Response:
        files = self.repositories[request.match_info["repo"]].files
        start = (int(request.query["PageNumber"]) - 1) * int(request.query["PageSize"])
        page = list(files)[start : start + int(request.query["PageSize"])]
        listed = [{"Path": path, "Size": len(files[path]), "Type": "blob"} for path in page]
        return reply({"Code": 200, "Data": {"Files": listed}, "Success": True})


def digest_of(content: bytes, *, is_blob: bool = False) -> str:
    """Return the digest by which a repository knows a file."""
    if is_blob:
        return sha256(content).hexdigest()
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def reply(payload: object, status: int = 200) -> web.Response:
    """Return a JSON response."""
    return web.Response(body=orjson.dumps(payload), status=status, content_type="application/json")
