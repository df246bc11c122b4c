"""Asks the token endpoint with PyJWT and the standard library alone; prints status and body of each answer.

ask_token.py device PORT FOLDER DEVICE AUDIENCE [SEALED-BATCH ...]   assertion with the device's key, then the batches
ask_token.py system PORT CA KEY KID ALGORITHM CLIENT AUDIENCE SCOPE  client assertion of a backend service, then FHIR
"""

import hashlib
import http.client
import json
import ssl
import sys
import time
import urllib.parse
import uuid

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


def connection(port, ca, certificate=None, key=None):
    context = ssl.create_default_context(cafile=ca)
    if certificate:
        context.load_cert_chain(certificate, key)
    return http.client.HTTPSConnection("localhost", int(port), context=context, timeout=20)


def ask(link, method, path, body=None, headers={}):
    link.request(method, path, body, headers)
    answer = link.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else None


def claims(client, audience):
    now = int(time.time())
    return {"iss": client, "sub": client, "aud": audience, "iat": now, "exp": now + 240, "jti": str(uuid.uuid4())}


FORM = {"content-type": "application/x-www-form-urlencoded"}


def device(port, folder, name, audience, *batches):
    pem = open(f"{folder}/token.key", "rb").read()
    spki = load_pem_private_key(pem, None).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kid = hashlib.sha256(spki).hexdigest()[:32]
    assertion = jwt.encode(claims(name, audience), pem, algorithm="ES256", headers={"kid": kid})
    link = connection(port, f"{folder}/ca.pem", f"{folder}/tls.pem", f"{folder}/tls.key")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    said = [ask(link, "POST", "/token", urllib.parse.urlencode(form), FORM)]
    said.append(ask(link, "POST", "/token", urllib.parse.urlencode(form), FORM))
    token = said[0][1].get("access_token", "")
    for path in batches:
        headers = {"content-type": "application/cbor", "authorization": f"Bearer {token}"}
        said.append(ask(link, "POST", "/v1/batches", open(path, "rb").read(), headers))
    return said


def system(port, ca, key, kid, algorithm, client, audience, scope):
    assertion = jwt.encode(claims(client, audience), open(key, "rb").read(), algorithm=algorithm, headers={"kid": kid})
    link = connection(port, ca)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "scope": scope,
    }
    discovered = ask(link, "GET", "/fhir/.well-known/smart-configuration")
    said = [discovered, ask(link, "POST", "/token", urllib.parse.urlencode(form), FORM)]
    said.append(ask(link, "POST", "/token", urllib.parse.urlencode(form), FORM))
    token = said[1][1].get("access_token", "")
    for path in ["/fhir/Patient", "/api/audit"]:
        said.append(ask(link, "GET", path, None, {"authorization": f"Bearer {token}"}))
    return said


json.dump({"device": device, "system": system}[sys.argv[1]](*sys.argv[2:]), sys.stdout)
