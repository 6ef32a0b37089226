"""Client and get_features: values, batches, and each thing that a server or a network refuses."""

from __future__ import annotations

import json
import threading
import unittest
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from unittest.mock import patch

import pandas as pd
import pyarrow as pa
from given import EDGES, KNOWN, LATER, TYPES, edges, where

from lockstep_features import (
    Client,
    EntityErrors,
    HistoryIncomplete,
    InputError,
    InvalidRequest,
    NotFound,
    ServerError,
    StaleError,
    TooManyRequests,
    Unauthenticated,
    Unreachable,
    entities,
    get_features,
)

SECRET = "a-key-that-nobody-may-see"


def client() -> Client:
    return Client(where["url"])


def post(url: str, path: str, body: Any, method: str = "POST") -> Any:
    from urllib.request import Request, urlopen

    data = json.dumps(body).encode()
    headers = {"content-type": "application/json", "authorization": f"ApiKey {where['admin_key']}"}
    with urlopen(Request(url + path, data, headers, method=method)) as response:
        return json.load(response)


class Values(unittest.TestCase):
    def test_each_type_comes_back_exact(self) -> None:
        for (who, at), known in KNOWN.items():
            made = client().get_features([{"who": who}], ["edges"], as_of=at)
            self.assertEqual(list(made[0]), ["who", *(f"edges__{name}" for name in EDGES)])
            self.assertEqual(made[0]["who"], who)
            self.assertEqual(edges(made[0]), known, (who, at))

    def test_the_kind_that_was_given_comes_back(self) -> None:
        who = ["nobody", "zoë", "blank", "zoë"]
        frame = pd.DataFrame({"who": who}, index=pd.Index([5, 2, 2, 1], name="nr"))
        made = client().get_features(frame, ["edges"], as_of=LATER)
        self.assertEqual(made.index.tolist(), [5, 2, 2, 1])
        self.assertEqual([made[f"edges__{name}"].dtype for name in EDGES], [pd.ArrowDtype(type) for type in TYPES])
        table = client().get_features(pa.table({"who": who}), ["edges"], as_of=LATER)
        self.assertEqual([table.schema.field(f"edges__{name}").type for name in EDGES], TYPES)
        for i, one in enumerate(who):
            self.assertEqual(edges(table.to_pylist()[i]), KNOWN[one, LATER])
        self.assertEqual(made["edges__n"].tolist(), [0, 2, 1, 2])
        self.assertEqual(pa.array(made["edges__weight"]).to_pylist(), [None, 0.1, None, 0.1])

    def test_numbers_that_no_double_holds_are_keys(self) -> None:
        numbers = [2**53, 2**53 + 1, 2**53 + 2]
        large = Decimal("12345678901234567890123456789012345678")
        for given in (
            [{"units": n} for n in numbers],
            pd.DataFrame({"units": pd.Series(numbers, dtype="Int64")}),
            pa.table({"units": pa.array(numbers, pa.uint64())}),
            pd.DataFrame({"units": [Decimal(n) for n in numbers]}),
        ):
            made = client().get_features(given, ["by_units"], as_of=LATER)
            column = [row["by_units__n"] for row in made] if isinstance(made, list) else pa.table(made)["by_units__n"].to_pylist()
            self.assertEqual(column, [1, 1, 0])
        self.assertEqual(client().get_features([{"units": large}], ["by_units"], as_of=LATER)[0]["by_units__n"], 1)

    def test_as_of_in_all_its_forms(self) -> None:
        at = datetime(2026, 3, 1, 12, 0, 0, 2)
        for as_of in (
            at,
            at.replace(tzinfo=timezone.utc),
            pd.Timestamp(at),
            pd.Timestamp(at, tz="UTC").tz_convert("Asia/Kathmandu"),
            "2026-03-01T12:00:00.000002Z",
        ):
            self.assertEqual(edges(client().get_features([{"who": "zoë"}], ["edges"], as_of=as_of)[0]), KNOWN["zoë", at])
        with self.assertRaises(InputError):
            client().get_features([{"who": "zoë"}], ["edges"], as_of=pd.Timestamp("2026-03-01 12:00:00.000000001"))

    def test_what_it_is_an_answer_of(self) -> None:
        answer = client().ask(pd.DataFrame({"who": ["zoë"]}), ["edges", "total"], as_of=LATER)
        deployed = {f["feature"]: f["tags"]["latest"] for f in client()._deployed()}
        self.assertEqual({name: about.version for name, about in answer.about.items()}, {n: deployed[n] for n in ("edges", "total")})
        self.assertEqual(answer.about["edges"].as_of, "2026-03-01T12:30:00.000000")
        # Of the newest note.
        self.assertEqual(answer.about["edges"].watermark, "2026-03-01T12:00:01.000000")
        self.assertIsNone(answer.about["edges"].stale)
        self.assertEqual(answer.rows.attrs["lockstep"]["edges"]["version"], deployed["edges"])
        table = client().get_features(pa.table({"who": ["zoë"]}), ["edges"], as_of=LATER)
        self.assertEqual(json.loads(table.schema.metadata[b"lockstep"])["edges"]["as_of"], "2026-03-01T12:30:00.000000")

    def test_a_version_or_a_tag(self) -> None:
        version = client().ask([{"who": "zoë"}], ["edges"]).about["edges"].version
        for feature in ({"feature": "edges", "version": version}, {"feature": "edges", "tag": "latest"}):
            self.assertEqual(client().get_features([{"who": "zoë"}], [feature], as_of=LATER)[0]["edges__n"], 2)

    def test_an_instant_has_its_zone(self) -> None:
        made = client().get_features(pa.table({"who": ["zoë", "blank"]}), ["heard"], as_of=LATER)
        self.assertEqual(made.schema.field("heard__heard_at").type, pa.timestamp("us", tz="UTC"))
        instant = datetime(2026, 3, 1, 12, 0, 0, 3, tzinfo=timezone.utc)
        self.assertEqual(made.column("heard__heard_at").to_pylist(), [instant, None])

    def test_an_output_called_error_is_a_value(self) -> None:
        ask = [{"who": "zoë"}]
        self.assertEqual(client().get_features(ask, ["heard"], as_of=LATER)[0]["heard__error"], "naïve ☕")
        with self.assertRaises(InputError) as raised:
            client().get_features(ask, ["heard"], as_of=LATER, errors="return")
        self.assertEqual(raised.exception.message, "two columns would be called heard__error")

    def test_no_entities(self) -> None:
        made = client().get_features(pd.DataFrame({"who": ["zoë"]}).iloc[:0], ["edges"])
        self.assertEqual([made[f"edges__{name}"].dtype for name in EDGES], [pd.ArrowDtype(type) for type in TYPES])
        self.assertEqual(client().get_features([], ["edges"]), [])
        with self.assertRaises(NotFound):
            client().get_features([], ["nothing"])


class Batches(unittest.TestCase):
    def test_more_than_one_request_takes(self) -> None:
        who = [["zoë", "nobody", "blank"][i % 3] for i in range(12_001)]
        table = client().get_features(pa.table({"who": who}), ["edges"], as_of=LATER)
        self.assertEqual(table.column("who").to_pylist(), who)
        self.assertEqual(table.column("edges__n").to_pylist(), [[2, 0, 1][i % 3] for i in range(12_001)])

    def test_longer_than_one_request_may_be(self) -> None:
        who = [f"{i}{'ö' * 1000}" for i in range(1_200)] + ["zoë"]
        answer = client().ask(pa.table({"who": who}), ["edges"], as_of=LATER)
        self.assertEqual(answer.rows.column("edges__n").to_pylist(), [0] * 1_200 + [2])

    def test_all_are_of_one_instant(self) -> None:
        with patch.object(entities, "MOST_ANSWERS", 4):
            client_ = client()
            asked: list[Any] = []
            send = client_._connection.send

            def heard(method: str, path: str, body: str | None = None) -> Any:
                answer = send(method, path, body)
                if path == "/features/query":
                    asked.append((json.loads(body or ""), {f: a["as_of"] for f, a in answer["features"].items()}))
                return answer

            with patch.object(client_._connection, "send", heard):
                answer = client_.ask([{"who": "zoë"}] * 5, ["edges", "total"])
        self.assertEqual([len(body["entities"]) for body, _ in asked], [1, 2, 2, 1])
        instants = {instant for _, answered in asked[1:] for instant in answered.values()}
        self.assertEqual(instants, {max(asked[0][1].values())})
        self.assertEqual({about.as_of for about in answer.about.values()}, instants)
        self.assertEqual({json.dumps(body["features"]) for body, _ in asked[1:]}, {
            json.dumps([{"feature": name, "version": about.version} for name, about in answer.about.items()])
        })


class Errors(unittest.TestCase):
    def test_an_entity_that_errs(self) -> None:
        given = pd.DataFrame({"who": ["zoë", "much", "blank"]})
        with self.assertRaises(EntityErrors) as raised:
            client().get_features(given, ["edges", "total"], as_of=LATER)
        [error] = raised.exception.errors
        self.assertEqual((error.row, error.feature, error.type), (1, "total", "QUERY_ERROR"))
        self.assertIn("row 1: total: QUERY_ERROR: ", str(raised.exception))
        made = client().ask(given, ["edges", "total"], as_of=LATER, errors="return")
        self.assertEqual(made.rows["edges__n"].tolist(), [2, 2, 1])
        self.assertEqual(made.rows["total__units"].isna().tolist(), [False, True, True])
        self.assertEqual(made.rows["total__error"].isna().tolist(), [True, False, True])
        self.assertRegex(made.rows["total__error"].iloc[1], "^QUERY_ERROR: .*out of range of NUMBER")
        self.assertTrue(made.rows["edges__error"].isna().all())
        self.assertEqual(made.errors, [error])

    def test_entities_that_are_none(self) -> None:
        for given, said in (
            ([{"who": "zoë"}, {"who": None}], "row 1: who is missing"),
            ([{"who": "zoë"}, {"who": pd.NA}], "row 1: who is missing"),
            (pd.DataFrame({"who": ["zoë", None]}), "row 1: who is missing"),
            ([{"who": "zoë"}, {"name": "zoë"}], "row 1 has other columns"),
            (pd.DataFrame({"who": [1.0]}), "row 0: who is a float, which does not hold every whole number"),
            ([{"who": ["zoë"]}], "row 0: who is a list"),
        ):
            with self.assertRaises(InputError) as raised:
                client().get_features(given, ["edges"])
            self.assertIn(said, raised.exception.message)

    def test_a_column_called_like_a_feature(self) -> None:
        # The server refuses a column that is no entity's: what is in it might be meant.
        with self.assertRaises(InvalidRequest) as raised:
            client().get_features([{"who": "zoë", "edges__n": 1}], ["edges"])
        self.assertEqual((raised.exception.type, raised.exception.status), ("INVALIDINPUT", 400))

    def test_what_the_server_refuses(self) -> None:
        for kind, type, status, ask in (
            (NotFound, "NOTFOUND", 404, lambda: client().get_features([{"who": "a"}], ["nothing"])),
            (InvalidRequest, "FUTURE_AS_OF", 400, lambda: client().get_features([{"who": "a"}], ["edges"], as_of="2999-01-01")),
            (InvalidRequest, "INVALIDINPUT", 400, lambda: client().get_features([{"units": 1}], ["edges"])),
        ):
            with self.assertRaises(kind) as raised:
                ask()
            self.assertEqual((raised.exception.type, raised.exception.status), (type, status))
        with self.assertRaises(InvalidRequest) as raised:
            client().get_features([{"who": "a"}], ["edges"], as_of="2026-03-01T12:00:00+02:00")
        self.assertEqual(raised.exception.hint, "in UTC the instant is 2026-03-01T10:00:00.000000Z")

    def test_keys(self) -> None:
        for key in (None, SECRET):
            with self.assertRaises(Unauthenticated) as raised:
                get_features([{"who": "zoë"}], ["edges"], url=where["keyed_url"], api_key=key)
            self.assertEqual(raised.exception.status, 401)
            self.assertNotIn(SECRET, f"{raised.exception!r}{raised.exception}")
        keyed = Client(where["keyed_url"], SECRET)
        self.assertNotIn(SECRET, f"{keyed!r}{keyed._connection!r}")
        with self.assertRaises(InputError) as refused:
            Client(where["keyed_url"], f"{SECRET}\n")
        self.assertNotIn(SECRET, str(refused.exception))
        with patch.dict("os.environ", {"LOCKSTEP_API_KEY": where["read_key"]}), self.assertRaises(HistoryIncomplete):
            get_features([{"who": "zoë"}], ["edges"], url=where["keyed_url"], as_of="2026-03-01")

    def test_history_that_is_not_there(self) -> None:
        keyed = Client(where["keyed_url"], where["read_key"])
        with self.assertRaises(HistoryIncomplete) as raised:
            keyed.get_features([{"who": "zoë"}], ["edges"], as_of=LATER)
        self.assertEqual(raised.exception.status, 422)
        self.assertEqual(raised.exception.needed_since, datetime(2026, 2, 28, 12, 30, tzinfo=timezone.utc))
        self.assertEqual(raised.exception.complete_since, datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=timezone.utc))

    def test_a_source_that_cannot_be_read(self) -> None:
        post(where["tight_url"], "/events/notes", [{"note_id": str(i)} for i in range(12)])
        tight = Client(where["tight_url"])
        with self.assertRaises(StaleError) as raised:
            tight.get_features([{"who": "zoë"}], ["edges"])
        self.assertEqual(raised.exception.features, ("edges",))
        answer = tight.ask([{"who": "zoë"}], ["edges"], stale="return")
        self.assertEqual((answer.about["edges"].stale or {})["source"], "notes")

    def test_too_many_requests(self) -> None:
        tight = Client(where["tight_url"])
        with self.assertRaises(TooManyRequests) as raised:
            for _ in range(100):
                tight.get_features([{"who": "zoë"}], ["edges"], stale="return")
        self.assertEqual((raised.exception.status, raised.exception.retry_after), (429, 1.0))


class Network(unittest.TestCase):
    def heard(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> tuple[str, list[str | None]]:
        """A server of the standard library, and the keys that it was sent."""
        keys: list[str | None] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                keys.append(self.headers.get("authorization"))
                self.rfile.read(int(self.headers["content-length"]))
                answer(self)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}", keys

    def test_nobody_listens(self) -> None:
        with self.assertRaises(Unreachable):
            get_features([{"who": "zoë"}], ["edges"], url="http://127.0.0.1:1", api_key=SECRET)

    def test_no_answer_in_time(self) -> None:
        ended = threading.Event()
        self.addCleanup(ended.set)
        url, _ = self.heard(lambda _: ended.wait(10) and None)
        with self.assertRaises(Unreachable) as raised:
            get_features([{"who": "zoë"}], ["edges"], url=url, timeout=0.2)
        self.assertIn("timed out", raised.exception.message)
        ended.set()

    def test_the_key_goes_nowhere_else(self) -> None:
        other, keys = self.heard(lambda handler: handler.send_error(500))

        def away(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("location", other)
            handler.end_headers()

        url, first = self.heard(away)
        with self.assertRaises(ServerError) as raised:
            get_features([{"who": "zoë"}], ["edges"], url=url, api_key=SECRET)
        self.assertEqual((raised.exception.status, first, keys), (302, [f"ApiKey {SECRET}"], []))

    def test_somebody_else_answers(self) -> None:
        def page(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(b"<html>")

        for answer, status in ((page, 200), (lambda handler: handler.send_error(502), 502)):
            url, _ = self.heard(answer)
            with self.assertRaises(ServerError) as raised:
                get_features([{"who": "zoë"}], ["edges"], url=url)
            self.assertEqual((raised.exception.type, raised.exception.status), ("UNKNOWN", status))

    def test_no_url(self) -> None:
        for url in ("localhost:8080", "http://user:secret@localhost"):
            with self.assertRaises(InputError) as raised:
                Client(url)
            self.assertNotIn("secret", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
