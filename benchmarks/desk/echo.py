"""In place of Rasa: says back the marks of a message, and hands over who asks for a department.

`python -m benchmarks.desk.echo --port N`
"""

import argparse
import re

from aiohttp import web

from benchmarks.soak.echo import echo
from bot.contract import OpenedTicket

CALL = re.compile(r"позовите ([a-z_]+)")


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.desk.echo", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", _answer)
    app.router.add_get("/status", _status)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port, print=None, access_log=None)


async def _answer(request: web.Request) -> web.Response:
    message = (await request.json())["message"]
    return web.json_response([_without_buttons(message), *_tickets(message)])


def _without_buttons(message: str) -> dict[str, object]:
    return {"text": echo(message)["text"]}


def _tickets(message: str) -> list[dict[str, object]]:
    return [
        {
            "custom": OpenedTicket(
                department=department, reason="asked", topic="other", summary=message
            ).model_dump(mode="json")
        }
        for department in CALL.findall(message)[:1]
    ]


async def _status(_request: web.Request) -> web.Response:
    return web.json_response({"model_file": "echo"})


if __name__ == "__main__":
    main()
