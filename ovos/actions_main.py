"""`python -m ovos.actions_main PORT`: rasa_sdk's action server, with our logs and on loopback only."""

from __future__ import annotations

import os
import sys

from ovos.logs import set_up_logs


def main() -> None:
    # Before rasa_sdk is imported: it reads the address at import.
    os.environ["SANIC_HOST"] = "127.0.0.1"
    from rasa_sdk import utils
    from rasa_sdk.endpoint import create_app
    from rasa_sdk.executor import ActionExecutor

    from actions import service

    set_up_logs("actions")
    port = int(sys.argv[1])
    executor = ActionExecutor()
    executor.register_package("actions")
    service.warm_up()
    app = create_app(executor)
    app.run(host="127.0.0.1", port=port, single_process=True, access_log=False, workers=utils.number_of_sanic_workers())


if __name__ == "__main__":
    main()
