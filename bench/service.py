"""The service without its worker, for the profiler."""

from starlette.applications import Starlette

from api.app import create_app as create
from api.settings import Settings


def create_app() -> Starlette:
    """Return the application on the migrated database that `CONVENE_DATABASE_URL` names."""
    return create(Settings(), with_worker=False)
