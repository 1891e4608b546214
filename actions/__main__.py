"""The action server: `python -m actions --port 5055`. Listens on this machine only."""

import argparse
import logging

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.action import AnswerAction
from bot.db import open_engine, open_sessions
from bot.dealer import load_dealer
from bot.errors import AvtootvetError
from bot.settings import load_settings
from bot.stock.catalogue import load_options

log = logging.getLogger("actions")


def main() -> None:
    settings = load_settings()
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=settings.actions_port)
    arguments.add_argument("--host", default="127.0.0.1")
    options = arguments.parse_args()
    dealer = load_dealer(settings.dealer_file)
    engine = open_engine(settings.database_url)
    executor = ActionExecutor()
    executor.register_action(AnswerAction(open_sessions(engine), dealer, load_options()))
    app = create_app(executor)
    app.run(host=options.host, port=options.port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    try:
        main()
    except AvtootvetError as error:
        raise SystemExit(str(error)) from error
