"""A gateway for which the minute of a Telegram group lasts `GROUP_MINUTE` seconds, and VK's files are near.

`python -m benchmarks.desk.gateway`; the emulator is told the same of the minute.
"""

import os
from functools import partial
from unittest.mock import patch

from benchmarks.desk.marked import read_address
from bot.cli import gateway_command
from bot.desk.telegram import connect
from bot.desk.telegram.media import Media
from bot.desk.telegram.pace import GroupPace


def main() -> None:
    minute = float(os.environ["GROUP_MINUTE"])
    with (
        patch.object(connect, "GroupPace", partial(GroupPace, window=minute)),
        patch.object(connect, "Media", lambda forum, _read: Media(forum, read_address)),
    ):
        gateway_command()


if __name__ == "__main__":
    main()
