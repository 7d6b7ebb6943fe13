"""Write to the judge's socket directly."""

from tests.autograder.attacks import mask

HEAD = "import os, struct, json\n"


def _send(expression: str) -> str:
    return f"{HEAD}\nfor fd in range(3, 10):\n    try:\n        os.write(fd, {expression})\n    except OSError: pass"


ATTACKS = {
    "ready, again and again": mask("return 0", _send("b'ready' * 1000")),
    "ten gigabytes announced": mask("return 0", _send("struct.pack('<QQ', 10 * 2**30, 0)")),
    "a negative length": mask("return 0", _send("struct.pack('<qq', -1, -1)")),
    "random bytes": mask("return 0", _send("os.urandom(5000)")),
    "half a message, then silence": mask(
        "import time\ntime.sleep(60)", _send("struct.pack('<QQ', 100, 0) + b'{'")
    ),
    "forged outcomes in advance": mask(
        "return 0",
        HEAD
        + """
value = {"$record": "TensorValue", "values": {"array": {"$array": 0}, "dtype": "bool",
         "device": "cpu", "shape": {"$tuple": [1, 1]}}}
text = json.dumps({"arrays": [["bool", [1, 1]]], "data": {"$record": "Outcome",
                   "values": {"value": value}}}).encode()
os.write(3, (struct.pack("<QQ", len(text), 1) + text + b"\\1") * 50)
""",
    ),
    "a score in place of an outcome": mask(
        "return 0",
        HEAD
        + """
text = json.dumps({"arrays": [], "data": {"$dict": [["score", 2.0], ["passed", True]]}}).encode()
os.write(3, (struct.pack("<QQ", len(text), 0) + text) * 50)
""",
    ),
    "a shape of ten gigabytes": mask(
        "return 0",
        HEAD
        + """
text = json.dumps({"arrays": [["float32", [10**5, 25000]]], "data": {"$array": 0}}).encode()
os.write(3, struct.pack("<QQ", len(text), 4) + text + b"\\0" * 4)
""",
    ),
    "lists nested a hundred thousand deep": mask(
        "return 0",
        HEAD + "t = b'[' * 100000\nos.write(3, struct.pack('<QQ', len(t), 0) + t)",
    ),
    "the socket closed": mask("return 0", HEAD + "os.close(3)"),
    "the socket shut for writing": mask(
        "return 0", "import socket\nsocket.socket(fileno=3).shutdown(socket.SHUT_WR)"
    ),
}
