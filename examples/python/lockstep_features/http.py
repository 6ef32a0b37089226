"""Requests to a server: JSON there and back, and its refusals as errors. The API key goes to this server only."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from lockstep_features.errors import InputError, ServerError, Unreachable, server_error


class _NoRedirects(HTTPRedirectHandler):
    """urllib would send the key along to wherever an answer points."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Connection:
    """`timeout`: seconds without a byte."""

    def __init__(self, url: str, api_key: str | None, timeout: float) -> None:
        if re.match(r"https?://[^/@\s]+(?:/|$)", url) is None:
            raise InputError("the URL of the server begins with http:// or https://, and has no password")
        # Whatever else is in it, a message of http.client would show.
        if api_key is not None and re.fullmatch(r"[\x21-\x7e]+", api_key) is None:
            raise InputError("the API key has blanks, line ends or other characters that no key has")
        self.url = url.rstrip("/")
        self._api_key = api_key
        self._timeout = timeout
        self._opener = build_opener(_NoRedirects)

    def __repr__(self) -> str:
        return f"Connection({self.url!r})"

    def send(self, method: str, path: str, body: str | None = None) -> Any:
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        if self._api_key is not None:
            headers["authorization"] = f"ApiKey {self._api_key}"
        data = None if body is None else body.encode("utf-8")
        request = Request(f"{self.url}{path}", data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                answer: bytes = response.read()
        except HTTPError as error:
            with error:
                raise _refusal(error) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Unreachable(f"{self.url} does not answer: {reason}") from None
        try:
            return json.loads(answer, parse_float=Decimal)
        except ValueError:
            raise ServerError("UNKNOWN", "the answer is no JSON", "is this the URL of lockstep serve?", 200) from None


def _refusal(error: HTTPError) -> ServerError:
    after = error.headers.get("retry-after", "")
    retry_after = float(after) if re.fullmatch(r"\d+", after) else None
    try:
        said = json.loads(error.read())
        return server_error(said["type"], said["message"], said.get("hint"), error.code, retry_after)
    except (ValueError, KeyError, TypeError, OSError):
        hint = "is this the URL of lockstep serve?"
        return ServerError("UNKNOWN", f"HTTP {error.code}, and no word of Lockstep's", hint, error.code, retry_after)
