"""Reads the parameters of a call, whichever of the three ways they were sent: JSON, a form, or multipart."""

import json
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from sandbox.telegram.files import Upload


async def read_body(source: web.Request | aiohttp.ClientResponse) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters and files of a request, or of a webhook's reply; raises ValueError."""
    raw: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    kind = source.content_type
    if kind.startswith("multipart/"):
        parts = (
            aiohttp.MultipartReader.from_response(source)
            if isinstance(source, aiohttp.ClientResponse)
            else await source.multipart()
        )
        async for part in parts:
            if not isinstance(part, aiohttp.BodyPartReader) or part.name is None:
                continue
            data = await part.read(decode=True)
            if part.filename is None:
                raw[part.name] = data.decode()
            else:
                mime = part.headers.get("Content-Type", "application/octet-stream")
                uploads[part.name] = Upload(part.filename, mime, bytes(data))
        return raw, uploads
    body = (await source.read()).decode()
    if kind == "application/json" and body.strip():
        decoded = json.loads(body)
        if not isinstance(decoded, dict):
            raise ValueError("a call is a JSON object")
        return decoded, uploads
    if kind == "application/x-www-form-urlencoded":
        raw.update(parse_qsl(body, keep_blank_values=True))
    return raw, uploads
