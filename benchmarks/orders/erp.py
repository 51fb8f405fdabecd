"""A stub ERP, as its own process: takes orders over a local socket and confirms them as they are.

Prints the socket's name; at the end of its input it prints the orders it has and the CPU seconds it used, and ends.
"""

import json
import socketserver
import sys
import threading
import time
from tempfile import TemporaryDirectory
from typing import Any

orders: dict[str, dict[str, Any]] = {}
numbers: dict[str, str] = {}


def answer(request: dict[str, Any]) -> object:
    match request["do"]:
        case "find":
            return numbers.get(request["idem"])
        case "create":
            number = numbers[request["idem"]] = f"SO{len(numbers) + 1:08d}"
            orders[number] = request["order"]
            return number
        case "confirm":
            return True
        case "read_back":
            return shown(request["ref"])
        case "find_many":
            return {idem: numbers[idem] for idem in request["idems"] if idem in numbers}
        case "confirm_many":
            return True
        case "read_back_many":
            return {ref: shown(ref) for ref in request["refs"]}
    raise ValueError(f"the stub ERP cannot {request['do']!r}")


def shown(ref: str) -> dict[str, Any]:
    """An order as it can be read back."""
    order = orders[ref]
    lines = [
        {
            "CUST_POS": line["CUST_POS"],
            "QTY_CONF": line["QTY"],
            "UOM": line["UOM"],
            "NET_PRICE": line["NET_PRICE"],
            "PRICE_PER": line["PRICE_PER"],
            "CURR": order["CURR"],
            "REFUSED": "N",
            "REFUSE_TEXT": None,
        }
        for line in order["lines"]
    ]
    return {"SO_NO": ref, "REFUSED": "N", "REFUSE_TEXT": None, "lines": lines}


class Requests(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(json.dumps(answer(json.loads(line))).encode() + b"\n")


def main() -> None:
    with TemporaryDirectory() as folder, socketserver.ThreadingUnixStreamServer(f"{folder}/erp", Requests) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address, flush=True)
        sys.stdin.read()
        print(json.dumps({"orders": len(orders), "cpu": time.process_time()}), flush=True)


if __name__ == "__main__":
    main()
