"""``nolapse web``: the HTTP surface and the dashboard, one process of uvicorn. It queues work and never does it."""

import ipaddress
import os
import signal
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

import settings
from api_stub.app import make_app
from dashboard import pages
from dashboard.forms import refused_forms
from dashboard.rendering import render
from settings import home
from tasks.engine import catalogue
from tasks.transport import notifier
from workers import launch, process_start
from workers.connections import WebConnection

log = structlog.get_logger()

_FLUSH_S = 3.0
_HEADERS_MAX = 16 * 1024  # bytes


def app() -> FastAPI:
    """Return the application with the dashboard's pages."""
    return make_app(pages=[pages.router()], render=render.problem_page, show_form_again=refused_forms.shown_again)


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop, or until its parent is gone; what was begun is answered. Raises ``BadSettings``."""
    config = settings.current()
    _refuse_unsafe(config)
    process_start.start("web", writes=False)
    catalogue.load()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, _terminate)
    served = app()
    server = WebServer(
        uvicorn.Config(
            served,
            host=config.web_host,
            port=config.web_port,
            log_config=None,
            access_log=False,  # addresses hold sign-in links
            server_header=False,
            proxy_headers=bool(config.trusted_proxies),
            forwarded_allow_ips=[str(one) for one in config.trusted_proxies],
            timeout_graceful_shutdown=max(1, int(config.grace_s)),
            timeout_keep_alive=15,
            h11_max_incomplete_event_size=_HEADERS_MAX,
            http=WebConnection,
        ),
        app=served,
        parent=process_start.parent(arguments),
    )
    launch.freeze_loaded()
    server.run()
    notifier.current().flush(_FLUSH_S)


class WebServer(uvicorn.Server):
    """The server: it logs where it listens, once it does, and ends with the process that started it."""

    def __init__(self, config: uvicorn.Config, *, app: FastAPI, parent: int | None) -> None:
        super().__init__(config)
        self._app = app
        self._parent = parent

    async def startup(self, *args: Any, **kwargs: Any) -> None:
        """Begin to listen."""
        await super().startup(*args, **kwargs)
        if self.started:
            ports = {one.getsockname()[1] for server in self.servers for one in server.sockets}
            config = settings.current()
            if config.public_url is None:
                home.make(config.home)
                config.served_port.write_text(f"{min(ports)}\n")
            log.info("web_listens", host=config.web_host, ports=sorted(ports))

    async def shutdown(self, *args: Any, **kwargs: Any) -> None:
        """End in order. Live streams are told to end, because they would go on."""
        self._app.state.ending = True
        settings.current().served_port.unlink(missing_ok=True)
        await super().shutdown(*args, **kwargs)

    async def on_tick(self, counter: int) -> bool:
        """Tell, ten times a second, whether to end."""
        if self._parent not in (None, os.getppid()):
            log.error("parent_gone")
            self._parent = None
            self.should_exit = True
        return await super().on_tick(counter)


def _refuse_unsafe(config: settings.Settings) -> None:
    if not config.web_is_safe:
        raise settings.BadSettings(
            f"NOLAPSE_PUBLIC_URL is {config.public_url!r}: production needs the https:// address that people use"
        )
    host = config.web_host
    if config.public_url is None and host != "localhost" and not _is_loopback(host):
        raise settings.BadSettings(
            f"NOLAPSE_WEB_HOST is {host!r}, which others can reach: set NOLAPSE_PUBLIC_URL to the address that they use"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: uvicorn ends in order by a handler of its own, and then repeats the signal to this one."""


def _terminate(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGTERM)
