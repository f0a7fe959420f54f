"""Tests in Python: `pytest tests/partner-hub/examples`, after `cargo build -p partner-hub`."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

PROGRAM = os.environ.get("PARTNER_HUB", "target/debug/partner-hub")


def request(method, url, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def active_clients(url, partner, key):
    """The code that is tested: the names of all active clients."""
    names, total = [], None
    while total is None or len(names) < total:
        query = {"filters": json.dumps({"status": "active"}), "limit": 10, "offset": len(names)}
        path = f"/api/v2/partners/{partner}/clients?{urllib.parse.urlencode(query)}"
        for delay in (0, 0.1, 0.2):
            time.sleep(delay)
            try:
                page = request("GET", url + path, headers={"X-API-Key": key})
                break
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
        total = page["total"]
        names += [client["name"] for client in page["clients"]]
    return names


class Hub:
    """The emulator: what it printed, and its admin paths."""

    def __init__(self, printed):
        self.url, self.admin_url = printed["url"], printed["admin_url"]
        self.partner_id, self.api_key = printed["partner_id"], printed["api_key"]

    def admin(self, method, path, body=None):
        return request(method, f"{self.admin_url}/{path}", body)


@pytest.fixture(scope="session")
def running():
    arguments = ["--json", "--port", "0", "--clients", "30", "--anomaly-rate", "0"]
    with subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True) as process:
        yield Hub(json.loads(process.stdout.readline()))
        process.terminate()


@pytest.fixture
def hub(running):
    running.admin("POST", "reset")
    return running


def test_all_pages_are_read_although_one_request_fails(hub):
    client = {"name": "Café Aurora", "status": "active", "created_by": None}
    hub.admin("POST", f"partners/{hub.partner_id}/clients", client)
    fault = {"operation": "list_clients", "nth": 2, "fault": {"kind": "status", "status": 503}}
    hub.admin("POST", "faults", fault)

    names = active_clients(hub.url, hub.partner_id, hub.api_key)

    assert "Café Aurora" in names
    record = hub.admin("GET", "requests")
    statuses = [request["status"] for request in record["requests"]]
    assert statuses.count(503) == 1
    assert record["counts"] == {"list_clients": len(statuses)}
    retried = record["requests"][1:3]
    assert retried[0]["query"] == retried[1]["query"]


def test_each_test_starts_from_the_beginning(hub):
    assert hub.admin("GET", f"partners/{hub.partner_id}/clients")["count"] == 30
    assert hub.admin("GET", "faults") == []
    assert hub.admin("GET", "requests")["requests"] == []
