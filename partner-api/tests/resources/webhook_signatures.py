"""Writes webhook_signatures.json: signatures by the standard libraries of Python, Node and OpenSSL.

    python3 partner-api/tests/resources/webhook_signatures.py
"""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess

BODIES = [
    b"",
    b"{}",
    b'{"id": "1", "event": "channel_live", "data": {"id": "abcCH"}}',
    b'{ "id" : "1" ,\r\n\t"event":"channel_live" }\n',
    '{"event": "client_created", "data": {"name": "Zoë Łódź 客户 \U0001f980"}}'.encode(),
    b'{"data": "\\u00e9 \\ud83e\\udd80 \\u0000"}',
    b"\xef\xbb\xbf{}",
    b"\x00\xff\xfe not UTF-8 \x80",
    b'{"data": "' + b"x" * 1_000 + b'"}',
]
SECRETS = ["secret", "a b", "schlüssel-\U0001f511", "s" * 64, "long" * 50]


def python(secret, body):
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def node(secret, body):
    script = (
        "const [secret] = process.argv.slice(1);"
        "const mac = require('crypto').createHmac('sha256', Buffer.from(secret, 'hex'));"
        "process.stdin.pipe(mac.setEncoding('hex')).on('data', it => process.stdout.write(it))"
    )
    return run(["node", "-e", script, secret.hex()], body)


def openssl(secret, body):
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.hex()}"]
    return run(command, body).split()[-1]


def run(command, body):
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode().strip()


vectors = [
    {
        "signer": signer.__name__,
        "secret": secret,
        "body": base64.b64encode(body).decode(),
        "signature": signer(secret.encode(), body),
    }
    for secret in SECRETS
    for body in (BODIES if secret == SECRETS[0] else BODIES[2:5])
    for signer in (python, node, openssl)
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(vectors, indent=1) + "\n")
