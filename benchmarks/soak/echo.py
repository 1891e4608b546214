"""In place of Rasa: says back the marks of a message. `python -m benchmarks.soak.echo --port N`.

«Нажато» begins the answer to a message that Rasa would take for a command, «Ответ на» any other.
"""

import argparse
import re

from aiohttp import web

MARK = re.compile(r"№\d+(?:\.\d+)?")
OFFERED_EVERY = 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.soak.echo", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    web.run_app(application(), host="127.0.0.1", port=parser.parse_args().port, print=None, access_log=None)


def application() -> web.Application:
    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", _answer)
    app.router.add_get("/status", _status)
    return app


async def _answer(request: web.Request) -> web.Response:
    return web.json_response([echo((await request.json())["message"])])


def echo(message: str) -> dict[str, object]:
    marks = MARK.findall(message)
    kind = "Нажато" if message.startswith("/") else "Ответ на"
    reply: dict[str, object] = {"text": f"{kind} {', '.join(marks)}".strip()}
    if marks and "." not in marks[0] and int(marks[0][1:]) % OFFERED_EVERY == 0:
        more = f"{marks[0]}.1"
        reply["buttons"] = [{"title": f"Ещё {more}", "payload": f'/choose_car{{"more": "{more}"}}'}]
    return reply


async def _status(_request: web.Request) -> web.Response:
    return web.json_response({"model_file": "echo"})


if __name__ == "__main__":
    main()
