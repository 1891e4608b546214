"""A gateway for which the minute of a Telegram group lasts `GROUP_MINUTE` seconds.

`python -m benchmarks.desk.gateway`; the emulator is told the same.
"""

import os
from functools import partial
from unittest.mock import patch

from bot.cli import gateway_command
from bot.desk.telegram import connect
from bot.desk.telegram.pace import GroupPace


def main() -> None:
    minute = float(os.environ["GROUP_MINUTE"])
    with patch.object(connect, "GroupPace", partial(GroupPace, window=minute)):
        gateway_command()


if __name__ == "__main__":
    main()
