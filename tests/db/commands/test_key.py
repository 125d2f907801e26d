"""Keys: shown once, found by their digest, revoked permanently."""

import asyncio
import hashlib
import re

import pytest

from db.commands.key import create_key, find_key, list_keys, revoke_key
from db.connections.engine import Database
from db.errors import Invalid, NotFound
from db.models import ApiKey
from db.values.vocabulary import KeyRole


async def created(database: Database, name: str) -> str:
    async with database.write() as session:
        return await create_key(session, name)


async def found(database: Database, secret: str) -> ApiKey | None:
    async with database.read() as session:
        return await find_key(session, secret)


async def revoked(database: Database, id: int) -> ApiKey:
    async with database.write() as session:
        return await revoke_key(session, id)


async def test_a_key_is_found_by_its_secret(database: Database) -> None:
    secret = await created(database, "ana")
    await created(database, "ben")
    key = await found(database, secret)
    assert key is not None
    assert (key.name, key.role, key.revoked_at) == ("ana", KeyRole.ADMIN, None)


async def test_a_secret_has_256_random_bits_and_only_its_digest_is_kept(database: Database) -> None:
    secret = await created(database, "ana")
    assert re.fullmatch(r"cvn_[\w-]{43}", secret)
    assert secret != await created(database, "ben")
    key = await found(database, secret)
    assert key is not None
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(vars(key))


async def test_no_key_is_found_by_anything_else(database: Database) -> None:
    secret = await created(database, "ana")
    for wrong in ("", "cvn_", f"{secret}x", secret[:-1], secret.upper(), "\ud800", "\0"):
        assert await found(database, wrong) is None


async def test_a_revoked_key_is_not_found_and_stays_listed(database: Database) -> None:
    secret, other = await created(database, "ana"), await created(database, "ben")
    key = await found(database, secret)
    assert key is not None
    first = (await revoked(database, key.id)).revoked_at
    assert first is not None
    assert await found(database, secret) is None
    assert await found(database, other) is not None
    assert (await revoked(database, key.id)).revoked_at == first, "it was revoked when it first was"
    async with database.read() as session:
        assert [(key.name, key.revoked_at is None) for key in await list_keys(session)] == [
            ("ana", False),
            ("ben", True),
        ]


async def test_revoking_a_missing_key_is_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="expected an existing ApiKey, got ApiKey:404"):
        await revoked(database, 404)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (" ", "expected name not to be blank, got ' '"),
        ("", "expected name not to be blank, got ''"),
        ("a" * 101, "expected name of 1 to 100 characters, got 101"),
        ("a\x1b[31m", r"expected name of printable characters, got 'a\\x1b\[31m'"),
        ("a\nb", r"expected name of printable characters, got 'a\\nb'"),
        ("a\u202eb", r"expected name of printable characters, got 'a\\u202eb'"),
        ("\ud800", r"expected name of printable characters, got '\\ud800'"),
    ],
)
async def test_bad_name_is_refused(database: Database, name: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        await created(database, name)
    async with database.read() as session:
        assert await list_keys(session) == []


async def test_longest_name_is_kept(database: Database) -> None:
    key = await found(database, await created(database, "é" * 100))
    assert key is not None
    assert key.name == "é" * 100


async def test_name_of_another_key_is_refused(database: Database) -> None:
    await created(database, "ana")
    with pytest.raises(Invalid, match="expected a name that no key has, got 'ana', which key 1 has"):
        await created(database, "ana")
    await revoked(database, 1)
    with pytest.raises(Invalid, match="which key 1 has"):
        await created(database, "ana")


async def test_only_one_of_two_at_once_gets_a_name(database: Database) -> None:
    done = await asyncio.gather(*(created(database, "ana") for _ in range(4)), return_exceptions=True)
    assert [type(one) for one in done].count(Invalid) == 3
