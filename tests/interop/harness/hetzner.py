"""Hetzner's Cloud API for one zone, over HTTPS on loopback, as its public documentation describes it: the record sets of a
zone by pages, actions that go on after the answer, the errors. Only as much as a client of record sets sees."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from harness.scratch import Scratch

PAGE = 5  # sets


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str = ""):
        super().__init__(message or code)
        self.status, self.code = status, code


class Hetzner:
    def __init__(self, scratch: Scratch, zone: str, token: str):
        self.zone, self.token = zone, token
        self.sets: dict[tuple[str, str], dict] = {}  # by relative name and type: {"ttl": 300, "values": [...]}
        self.failing: list[tuple[int, str, dict]] = []  # status, code and fields of the next answers
        self.calls: list[str] = []
        self.writes: list[str] = []
        self._actions: dict[int, object] = {}  # what is still to be done
        self._lock = threading.Lock()
        self.ca_file = scratch.path / "hetzner-ca.pem"
        key = scratch.path / "hetzner-key.pem"
        scratch.must_run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Hetzner of a story", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca_file,
        ])  # fmt: skip
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"https://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        scratch.at_end(self._end)

    def _end(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def values(self, name: str, type_: str) -> list[str]:
        with self._lock:
            return list(self.sets.get((name, type_), {"values": []})["values"])

    def _handler(self):
        hetzner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_GET(self):
                self.answer("GET")

            def do_POST(self):
                self.answer("POST")

            def answer(self, method: str):
                content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, body, fields = hetzner._answer(method, self.path, self.headers.get("Authorization", ""), content)
                sent = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**fields, "Content-Length": str(len(sent))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        return Handler

    def _answer(self, method: str, target: str, authorization: str, content: bytes) -> tuple[int, dict, dict]:
        with self._lock:
            self.calls.append(f"{method} {target}")
            if self.failing:
                status, code, fields = self.failing.pop(0)
                return status, {"error": {"code": code, "message": "told to"}}, fields
            try:
                if authorization != f"Bearer {self.token}":
                    raise ApiError(401, "unauthorized", "unable to authenticate")
                path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
                if method == "GET":
                    return 200, self._read(path, query), {}
                self.writes.append(path)
                return 201, {"action": self._write(path, json.loads(content))}, {}
            except ApiError as error:
                return error.status, {"error": {"code": error.code, "message": str(error)}}, {}

    def _read(self, path: str, query: dict) -> dict:
        if path.startswith("/v1/actions/"):
            number = int(path.rsplit("/", 1)[1])
            effect = self._actions.pop(number, None)
            if effect:
                effect()
            return {"action": self._action(number, "success")}
        if path == f"/v1/zones/{self.zone}":
            return {"zone": {"id": 1, "name": self.zone, "ttl": 3600, "mode": "primary"}}
        if path != f"/v1/zones/{self.zone}/rrsets":
            raise ApiError(404, "not_found")
        wanted = query.get("name", [None])[0]
        page, size = int(query["page"][0]), min(PAGE, int(query["per_page"][0]))
        found = [self._entry(*key) for key in sorted(self.sets) if wanted in (None, key[0])]
        following = page + 1 if page * size < len(found) else None
        return {
            "rrsets": found[(page - 1) * size : page * size],
            "meta": {"pagination": {"page": page, "per_page": size, "next_page": following}},
        }

    def _entry(self, name: str, type_: str) -> dict:
        rrset = self.sets[name, type_]
        records = [{"value": value, "comment": ""} for value in rrset["values"]]
        return {"id": f"{name}/{type_}", "name": name, "type": type_, "ttl": rrset["ttl"], "records": records}

    def _write(self, path: str, body: dict) -> dict:
        """Every other action goes on after the answer; a zone has one at a time."""
        if self._actions:
            raise ApiError(423, "locked", "another action is running")
        effect = self._effect(path.removeprefix(f"/v1/zones/{self.zone}/rrsets"), body)
        number = len(self.writes)
        if number % 2:
            effect()
            return self._action(number, "success")
        self._actions[number] = effect
        return self._action(number, "running")

    def _effect(self, rest: str, body: dict):
        if not rest:
            key = (body["name"], body["type"])
            if key in self.sets:
                raise ApiError(409, "uniqueness_error", "rrset already exists")
            return lambda: self.sets.update({key: {"ttl": body["ttl"], "values": [r["value"] for r in body["records"]]}})
        _, name, type_, _, action = rest.split("/")
        rrset = self.sets.get((name, type_))
        if rrset is None:
            raise ApiError(404, "not_found")
        if action == "change_ttl":
            return lambda: rrset.update(ttl=body["ttl"])
        values = [record["value"] for record in body["records"]]
        present = [value for value in values if value in rrset["values"]]
        if action == "add_records" and not present:
            return lambda: rrset["values"].extend(values)
        if action == "remove_records" and present == values:
            return lambda: self._remove((name, type_), values)
        raise ApiError(422, "invalid_input", f"{action}: {present}")

    def _remove(self, key: tuple[str, str], values: list[str]) -> None:
        rest = [value for value in self.sets[key]["values"] if value not in values]
        if rest:
            self.sets[key]["values"] = rest
        else:
            del self.sets[key]

    @staticmethod
    def _action(number: int, status: str) -> dict:
        return {"id": number, "command": "change_rrset", "status": status, "progress": 100, "error": None}
