"""Serve the catalogue in a browser on this machine."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from kimppa.common.errors import CannotRun

ASSETS_MISSING = "the pages' style sheets and scripts are missing. Run `bin/assets` once."


class Command(BaseCommand):
    """kimppa serve [--port 8000] [--host 127.0.0.1]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take address and port."""
        parser.add_argument("--port", type=int, default=8000, help="port number (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address (127.0.0.1: here only)")

    def handle(self, *, port: int, host: str, **options: object) -> None:
        """Start the web server and stay until it is stopped."""
        from granian.constants import Interfaces
        from granian.server import Server

        if not settings.NPM_FOLDER.is_dir():
            raise CannotRun(ASSETS_MISSING)
        connections.close_all()  # the worker is another process and opens its own
        self.stdout.write(f"Kimppa is at http://{host}:{port}/ (Ctrl+C stops it)")
        server = Server(
            "kimppa.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            # SQLite is served best by one process; PostgreSQL needs no more on one machine.
            workers=1,
            blocking_threads=4,
            log_access=False,
        )
        server.serve()
