"""`python -m tests.emulators.telegram --port 8081 --token 42:secret`, until it is stopped by a signal."""

import argparse
import asyncio
import signal

from tests.emulators.telegram import TelegramEmulator


async def serve(token: str, port: int, seed: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with TelegramEmulator(token, port, seed) as telegram:
        print(telegram.url, flush=True)  # noqa: T201 - a script waits for this line
        await stopped.wait()


parser = argparse.ArgumentParser(prog="tests.emulators.telegram", description=__doc__)
parser.add_argument("--token", required=True)
parser.add_argument("--port", type=int, default=0, help="0: any free one, printed when it is open")
parser.add_argument("--seed", type=int, default=0, help="of all chances: repeats, shuffles, mishaps")
arguments = parser.parse_args()
asyncio.run(serve(arguments.token, arguments.port, arguments.seed))
