"""The service without its worker, as the profiler runs it."""

from starlette.applications import Starlette

from api.app import create_app as create
from api.settings import Settings


def create_app() -> Starlette:
    """On the migrated database that `CONVENE_DATABASE_URL` names."""
    return create(Settings(), with_worker=False)
