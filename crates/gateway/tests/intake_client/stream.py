"""Delivers files on a gRPC stream with grpcio and what protoc makes of the published .proto file.

stream.py PROTO PORT FOLDER TOKEN [FILE ...]   prints the receipts and the stream's status
"""

import importlib
import json
import os
import sys
import tempfile

import grpc
from grpc_tools import protoc

proto, port, folder, token, *files = sys.argv[1:]
made = tempfile.mkdtemp()
arguments = ["protoc", f"-I{os.path.dirname(proto)}", f"--python_out={made}", f"--grpc_python_out={made}", proto]
assert protoc.main(arguments) == 0
sys.path.insert(0, made)
messages, services = importlib.import_module("batches_pb2"), importlib.import_module("batches_pb2_grpc")


def read(path):
    with open(path, "rb") as file:
        return file.read()


credentials = grpc.ssl_channel_credentials(
    read(f"{folder}/ca.pem"), read(f"{folder}/tls.key"), read(f"{folder}/tls.pem")
)
batches = [messages.Batch(number=number, sealed=read(path)) for number, path in enumerate(files, 1)]
metadata = [("authorization", f"Bearer {token}")] if token else []
receipts, status = [], "OK"
with grpc.secure_channel(f"localhost:{port}", credentials) as channel:
    call = services.BatchesStub(channel).Deliver(iter(batches), metadata=metadata, timeout=20)
    try:
        for receipt in call:
            outcome = messages.Outcome.Name(receipt.outcome)
            receipts.append([receipt.number, outcome, receipt.reason])
    except grpc.RpcError as error:
        status = f"{error.code().name}: {error.details()}"
json.dump({"receipts": receipts, "status": status}, sys.stdout)
