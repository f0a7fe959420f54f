"""What the programs of `run` talk to."""

import http.server
import json
import subprocess
import threading
import urllib.request

from clients import TARGET


class Hub:
    """The emulator, as its own process."""

    def __init__(self, *options):
        program = TARGET / "release/partner-hub"
        command = [program, "--port", "0", "--anomaly-rate", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        values = {}
        for line in self.process.stdout:
            if line.startswith("curl"):
                break
            name, _, value = line.strip().partition("  ")
            values[name] = value.strip()
        self.url, self.login = values["URL"], (values["User"], values["Password"])
        self.env = {"URL": self.url, "PARTNER": values["Partner"], "KEY": values["API key"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def token(self):
        username, password = self.login
        login = json.dumps({"username": username, "password": password}).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/token", login, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)["access_token"]


class Site:
    """A server that sends one response to every request, and records the requests."""

    def __init__(self, status=200, headers=None, body=b""):
        site = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                site.requests.append(self)
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.env = {"URL": self.url, "KEY": "key", "PARTNER": "abcPA"}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
