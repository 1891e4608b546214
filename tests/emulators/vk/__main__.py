"""`python -m tests.emulators.vk --port N --token T --group-id G`: prints its address, runs until SIGTERM."""

import argparse
import asyncio
import signal
import sys

from tests.emulators.vk.control import Control
from tests.emulators.vk.emulator import VkEmulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.emulators.vk")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--token", required=True)
    parser.add_argument("--group-id", type=int, required=True)
    parser.add_argument("--rate-limit", type=int, default=20, help="calls a second; 0: no limit")
    parser.add_argument("--seed", type=int, default=0, help="of repeats, shuffles and faults")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    emulator = VkEmulator(
        arguments.token,
        arguments.group_id,
        port=arguments.port,
        rate_limit=arguments.rate_limit or None,
        seed=arguments.seed,
    )
    Control(emulator).add_routes()
    async with emulator:
        sys.stdout.write(f"{emulator.url}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
